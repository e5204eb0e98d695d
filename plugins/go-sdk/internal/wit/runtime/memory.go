// Package wit_runtime gives the host memory for what it passes in. The generated bindings know it by this name.
package wit_runtime

import (
	"runtime"
	"unsafe"
)

// isInitialised is set by Go's own start: before it, there is no heap.
var isInitialised bool

func init() { isInitialised = true }

// forHost keeps what the host has asked for alive until the instance ends, which is the end of the render.
var forHost runtime.Pinner

// sbrk grows the memory by bytes and returns where the new ones begin.
//
//go:linkname sbrk runtime.sbrk
func sbrk(bytes uintptr) unsafe.Pointer

// Allocate returns memory that stays where it is until the pinner lets go of it.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	// A slice of words is aligned for all that crosses the contract.
	words := make([]uint64, (size+7)/8)
	pointer := unsafe.Pointer(unsafe.SliceData(words))
	pinner.Pin(pointer)
	return pointer
}

// reallocate is what the host calls for memory; it never asks to change what it has.
//
//go:wasmexport cabi_realloc
func reallocate(old unsafe.Pointer, oldSize, align, newSize uintptr) unsafe.Pointer {
	if old != nil || oldSize != 0 {
		panic("the host wants to change memory that it has")
	}
	if isInitialised {
		return Allocate(&forHost, newSize, align)
	}
	// WASI's bridge asks for its stack before Go has started.
	start := sbrk(newSize + align)
	return unsafe.Add(start, -uintptr(start)&(align-1))
}
