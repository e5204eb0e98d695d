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
	// Message says what is wrong and what would be right. Do not repeat the value: the message reaches logs and Events.
	Message string
}

func (e *InvalidValue) Error() string {
	return fmt.Sprintf("ConfigMap %s, key %q: %s", e.ConfigMap, e.Key, e.Message)
}

// InvalidParams are parameters that the plugin cannot accept.
type InvalidParams struct {
	// Path is where: `env.PORT`, `files[2].path`. Empty for the whole.
	Path string
	// Message says what is wrong and what would be right.
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
	if errors.As(err, &value) {
		failure := podweave_plugin_renderer.MakeFailureInvalidValue(podweave_plugin_renderer.InvalidValue(*value))
		return &failure
	}
	var params *InvalidParams
	if errors.As(err, &params) {
		failure := podweave_plugin_renderer.MakeFailureInvalidParams(podweave_plugin_renderer.InvalidParams(*params))
		return &failure
	}
	return other(err.Error())
}

func other(message string) *registered.Failure {
	failure := podweave_plugin_renderer.MakeFailureOther(message)
	return &failure
}

// placeOfPanic says where the code is that a recovered panic came from: the first frame below the runtime's own.
func placeOfPanic() string {
	counters := make([]uintptr, 64)
	frames := runtime.CallersFrames(counters[:runtime.Callers(1, counters)])
	isBelowPanic := false
	for {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			isBelowPanic = true
		case isBelowPanic && !strings.HasPrefix(frame.Function, "runtime."):
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
