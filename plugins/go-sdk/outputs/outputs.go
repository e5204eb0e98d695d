// Package outputs is what a render sets. Nothing of it takes effect before the render has returned without an error.
package outputs

import (
	contract "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_outputs"
)

// Env sets an environment variable. Setting a name twice ends the render unless the values are equal.
func Env(name, value string) { contract.Env(name, value) }

// ExpandEnv sets an environment variable whose $(NAME) references are completed with the container's own environment after the
// render: a value can hold a Secret that no plugin sees.
func ExpandEnv(name, value string) { contract.ExpandEnv(name, value) }

// AppendArg adds an argument behind the container's arguments.
func AppendArg(arg string) { contract.AppendArg(arg) }

// ReplaceArgs puts these in place of the container's args.
func ReplaceArgs(args []string) { contract.ReplaceArgs(args) }

// File makes a file with this text. The path is relative to the directory of the rendered files.
func File(path, contents string) { contract.File(path, contents) }

// FileBytes makes a file with these bytes.
func FileBytes(path string, contents []byte) { contract.FileBytes(path, contents) }

// FileMode sets the mode of a file that this render has made, at most 0o777.
func FileMode(path string, mode uint32) { contract.FileMode(path, mode) }
