// Package log writes lines for the plugin's author and the operator. They never contain a result.
package log

import (
	contract "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_log"
	"github.com/podweave/podweave/plugins/go-sdk/internal/check"
)

// Debug is for the author during development.
func Debug(message string) { contract.Debug(check.Text("log.Debug: message", message)) }

// Info is for what an operator may want to know about a successful render.
func Info(message string) { contract.Info(check.Text("log.Info: message", message)) }

// Warn is for what an operator should check; the render goes on.
func Warn(message string) { contract.Warn(check.Text("log.Warn: message", message)) }

// Error is for why a render is about to fail.
func Error(message string) { contract.Error(check.Text("log.Error: message", message)) }
