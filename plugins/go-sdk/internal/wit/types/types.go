// Package wit_types defines the types that the generated bindings use by this name.
package wit_types

// Unit is a value without information.
type Unit struct{}

// Option is a value or nothing.
type Option[T any] struct {
	value  T
	isSome bool
}

// Some is a value.
func Some[T any](value T) Option[T] { return Option[T]{value, true} }

// None is nothing.
func None[T any]() Option[T] { return Option[T]{} }

// Get is the value, if there is one.
func (o Option[T]) Get() (T, bool) { return o.value, o.isSome }

// The tags of a Result.
const (
	ResultOk  = 0
	ResultErr = 1
)

// Result is a value or an error.
type Result[T any, E any] struct {
	tag uint8
	ok  T
	err E
}

// Ok is a value.
func Ok[T any, E any](value T) Result[T, E] { return Result[T, E]{tag: ResultOk, ok: value} }

// Err is an error.
func Err[T any, E any](err E) Result[T, E] { return Result[T, E]{tag: ResultErr, err: err} }

// Tag is ResultOk or ResultErr.
func (r Result[T, E]) Tag() uint8 { return r.tag }

// Err is the error of one that has the tag ResultErr.
func (r Result[T, E]) Err() E { return r.err }
