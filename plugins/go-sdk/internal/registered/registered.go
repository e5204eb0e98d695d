// Package registered holds what the plugin's main package has registered, for the exports that the generated bindings call.
package registered

import "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_renderer"

// Failure is the contract's.
type Failure = podweave_plugin_renderer.Failure

// Render returns nil if the render succeeded.
var Render = func() *Failure {
	failure := podweave_plugin_renderer.MakeFailureOther("the plugin has no render function: call podweave.Plugin from an init function")
	return &failure
}

// Describe returns a JSON object.
var Describe = func() string { return "{}" }
