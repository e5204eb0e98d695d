package podweave

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_renderer"
	"github.com/podweave/podweave/plugins/go-sdk/internal/registered"
)

// InvalidValue is a value of a ConfigMap that the plugin cannot accept.
type InvalidValue struct {
	// ConfigMap is the alias of the ConfigMap.
	ConfigMap string
	// Key is the key in it.
	Key string
	// Message says what is wrong and what to write instead. Do not repeat the value: the message reaches logs and Events.
	Message string
}

func (e *InvalidValue) Error() string {
	return fmt.Sprintf("ConfigMap %s, key %q: %s", e.ConfigMap, e.Key, e.Message)
}

// InvalidParams are parameters that the plugin cannot accept.
type InvalidParams struct {
	// Path is where: `env.PORT`, `files[2].path`. Empty for all parameters.
	Path string
	// Message says what is wrong and what to write instead.
	Message string
}

func (e *InvalidParams) Error() string {
	return fmt.Sprintf("params at %s: %s", e.Path, e.Message)
}

// failureOf renders, and returns the contract's form of its error or panic.
func failureOf(render func() error) (failure *registered.Failure) {
	defer func() {
		if cause := recover(); cause != nil {
			failure = other(fmt.Sprintf("panic: %v%s", cause, placeOfPanic()))
		}
	}()
	err := render()
	if err == nil {
		return nil
	}
	var value *InvalidValue
	var params *InvalidParams
	switch isValue, isParams := errors.As(err, &value), errors.As(err, &params); {
	case isValue && value == nil || isParams && params == nil:
		return other(fmt.Sprintf("render returned an error that is a nil %T: return nil where all went well", err))
	case isValue:
		failure := podweave_plugin_renderer.MakeFailureInvalidValue(podweave_plugin_renderer.InvalidValue{
			ConfigMap: valid(value.ConfigMap), Key: valid(value.Key), Message: valid(value.Message),
		})
		return &failure
	case isParams:
		failure := podweave_plugin_renderer.MakeFailureInvalidParams(podweave_plugin_renderer.InvalidParams{
			Path: valid(params.Path), Message: valid(params.Message),
		})
		return &failure
	}
	return other(err.Error())
}

func other(message string) *registered.Failure {
	failure := podweave_plugin_renderer.MakeFailureOther(valid(message))
	return &failure
}

// valid replaces bytes that are not UTF-8, which the contract cannot carry.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// sdk is the beginning of the names of this module's functions.
const sdk = "github.com/podweave/podweave/plugins/go-sdk"

// placeOfPanic returns the place in the code where a recovered panic came from: the first frame below those of the runtime and the SDK.
func placeOfPanic() string {
	counters := make([]uintptr, 64)
	frames := runtime.CallersFrames(counters[:runtime.Callers(1, counters)])
	isBelowPanic := false
	for {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			isBelowPanic = true
		case isBelowPanic && !strings.HasPrefix(frame.Function, "runtime.") && !strings.HasPrefix(frame.Function, sdk):
			return fmt.Sprintf(" (%s:%d, in %s)", fileName(frame.File), frame.Line, frame.Function)
		}
		if !more {
			return ""
		}
	}
}

func fileName(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}
