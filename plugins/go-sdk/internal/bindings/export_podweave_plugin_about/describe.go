// Package export_podweave_plugin_about is what the generated bindings call; they want this name.
package export_podweave_plugin_about

import "github.com/podweave/podweave/plugins/go-sdk/internal/registered"

// Describe returns a JSON object.
func Describe() string { return registered.Describe() }
