// Package log has lines for the plugin's author and the operator. They never carry a result.
package log

import (
	contract "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_log"
)

// Debug is for the author, while writing the plugin.
func Debug(message string) { contract.Debug(message) }

// Info is what an operator may want to know of a render that went well.
func Info(message string) { contract.Info(message) }

// Warn is what an operator should look at; the render goes on.
func Warn(message string) { contract.Warn(message) }

// Error is why a render is about to fail.
func Error(message string) { contract.Error(message) }
