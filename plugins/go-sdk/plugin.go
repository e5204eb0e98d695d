// Package podweave is the SDK for podweave plugins in Go.
//
// A plugin is one function. It reads what it needs through the package inputs, sets environment variables, arguments and files
// through the package outputs, and returns; an error, or a panic, fails the render and discards everything that it has set. There is no
// clock, no randomness, no network and no file system: the same inputs give the same output.
//
// Any call can end the render: a missing key, a bad name, an exceeded limit. The render then stops at that call
// with podweave's own message; there is nothing to recover from.
//
// A plugin is a main package with an empty main, built by `podweave plugin build`:
//
//	func main() {}
//
//	func init() { podweave.Plugin(render, podweave.Description{}) }
//
//	func render() error {
//		outputs.Env("PORT", inputs.Require("settings", "port"))
//		return nil
//	}
package podweave

import (
	"encoding/json"

	_ "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/wit_exports"
	"github.com/podweave/podweave/plugins/go-sdk/internal/registered"
)

// Description is the plugin's description for `podweave plugin inspect`. All fields are optional.
type Description struct {
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	// Summary says in one line what it does.
	Summary string `json:"summary,omitempty"`
	// Params is a JSON Schema of its parameters, without references to other documents.
	Params json.RawMessage `json:"params,omitempty"`
	// Example has example parameters.
	Example json.RawMessage `json:"example,omitempty"`
}

// Plugin turns a function into a plugin. Call it once, from an init function.
func Plugin(render func() error, description Description) {
	if render == nil {
		panic("podweave.Plugin: render is nil")
	}
	registered.Render = func() *registered.Failure { return failureOf(render) }
	registered.Describe = func() string {
		text, err := json.Marshal(description)
		if err != nil {
			panic("the plugin's description: " + err.Error())
		}
		return string(text)
	}
}
