// Package export_podweave_plugin_renderer is what the generated bindings call; they want this name.
package export_podweave_plugin_renderer

import (
	"github.com/podweave/podweave/plugins/go-sdk/internal/registered"
	"github.com/podweave/podweave/plugins/go-sdk/internal/wit/types"
)

// Render renders for one container.
func Render() wit_types.Result[wit_types.Unit, registered.Failure] {
	if failure := registered.Render(); failure != nil {
		return wit_types.Err[wit_types.Unit](*failure)
	}
	return wit_types.Ok[wit_types.Unit, registered.Failure](wit_types.Unit{})
}
