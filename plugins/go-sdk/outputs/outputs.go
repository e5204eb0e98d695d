// Package outputs sets the results of a render. They take effect only after the render has returned without an error.
package outputs

import (
	contract "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_outputs"
	"github.com/podweave/podweave/plugins/go-sdk/internal/check"
)

// Env sets an environment variable. Setting a name twice ends the render unless the values are equal.
func Env(name, value string) {
	contract.Env(check.Text("outputs.Env: name", name), check.Text("outputs.Env: value", value))
}

// ExpandEnv sets an environment variable whose $(NAME) references are completed with the container's own environment after the
// render: a value can hold a Secret that no plugin sees.
func ExpandEnv(name, value string) {
	contract.ExpandEnv(check.Text("outputs.ExpandEnv: name", name), check.Text("outputs.ExpandEnv: value", value))
}

// AppendArg appends an argument to the container's arguments.
func AppendArg(arg string) { contract.AppendArg(check.Text("outputs.AppendArg: arg", arg)) }

// ReplaceArgs replaces the container's args.
func ReplaceArgs(args []string) {
	for index, arg := range args {
		check.Element("outputs.ReplaceArgs: args", index, arg)
	}
	contract.ReplaceArgs(args)
}

// File creates a file with this text. The path is relative to the directory of the rendered files.
func File(path, contents string) {
	contract.File(check.Text("outputs.File: path", path), check.Text("outputs.File: contents", contents))
}

// FileBytes creates a file with these bytes.
func FileBytes(path string, contents []byte) {
	contract.FileBytes(check.Text("outputs.FileBytes: path", path), contents)
}

// FileMode sets the mode of a file that this render has created, at most 0o777.
func FileMode(path string, mode uint32) {
	contract.FileMode(check.Text("outputs.FileMode: path", path), mode)
}
