package inputs

import (
	"encoding/json"
	"errors"
	"strings"

	podweave "github.com/podweave/podweave/plugins/go-sdk"
	contract "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_inputs"
)

// Params decodes the parameters that the pod's owner gave this plugin, as package json does. A parameter without a field in the value
// is an error, so that a misspelt one fails the render instead of being ignored.
func Params(into any) error {
	decoder := json.NewDecoder(strings.NewReader(contract.Params()))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		return nil
	}
	var mistaken *json.InvalidUnmarshalError
	if errors.As(err, &mistaken) {
		panic("inputs.Params: into must be a pointer to the value that receives the parameters")
	}
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return &podweave.InvalidParams{Path: mistyped.Field, Message: "is a " + mistyped.Value + ", not a " + mistyped.Type.String()}
	}
	if _, name, isUnknown := strings.Cut(err.Error(), "unknown field "); isUnknown {
		return &podweave.InvalidParams{Path: strings.Trim(name, `"`), Message: "is not a parameter of this plugin"}
	}
	return &podweave.InvalidParams{Message: err.Error()}
}

// ParamsJSON returns the parameters as the JSON document from podweave; "{}" if there are none.
func ParamsJSON() string { return contract.Params() }
