// Package log has lines for the plugin's author and the operator. They never carry a result.
package log

import (
	contract "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_log"
	"github.com/podweave/podweave/plugins/go-sdk/internal/check"
)

// Debug is for the author, while writing the plugin.
func Debug(message string) { contract.Debug(check.Text("log.Debug: message", message)) }

// Info is what an operator may want to know of a render that went well.
func Info(message string) { contract.Info(check.Text("log.Info: message", message)) }

// Warn is what an operator should look at; the render goes on.
func Warn(message string) { contract.Warn(check.Text("log.Warn: message", message)) }

// Error is why a render is about to fail.
func Error(message string) { contract.Error(check.Text("log.Error: message", message)) }
