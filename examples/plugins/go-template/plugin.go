// Renders files from Go's text/template. The templates are in ConfigMaps, too.
package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	podweave "github.com/podweave/podweave/plugins/go-sdk"
	"github.com/podweave/podweave/plugins/go-sdk/inputs"
	"github.com/podweave/podweave/plugins/go-sdk/outputs"
)

func main() {}

func init() {
	podweave.Plugin(render, podweave.Description{
		Name:    "go-template",
		Version: "0.1.0",
		Summary: "Renders files from Go's text/template",
		Params:  []byte(schema),
		Example: []byte(`{"files": {"app.toml": "templates/app.toml"}}`),
	})
}

const schema = `{
	"type": "object",
	"required": ["files"],
	"additionalProperties": false,
	"properties": {
		"files": {
			"description": "By the path of the file: the key of its template, ALIAS/KEY.",
			"type": "object",
			"additionalProperties": {"type": "string"}
		}
	}
}`

// functions are the functions of templates. Values are read by calls, so that a render depends only on values that its templates use.
var functions = template.FuncMap{
	"key": inputs.Require,
	"keyOr": func(configMap, key, otherwise string) string {
		if value, isThere := inputs.Find(configMap, key); isThere {
			return value
		}
		return otherwise
	},
	"port": func(name string) (uint16, error) {
		if number, isThere := inputs.Port(name); isThere {
			return number, nil
		}
		return 0, fmt.Errorf("the container has no port %q", name)
	},
	"container": inputs.ContainerName,
	"namespace": inputs.PodNamespace,
	"join":      func(separator string, parts []string) string { return strings.Join(parts, separator) },
	"split":     strings.Split,
	"trim":      strings.TrimSpace,
	"upper":     strings.ToUpper,
	"lower":     strings.ToLower,
	"quote":     func(text string) string { return fmt.Sprintf("%q", text) },
}

func render() error {
	var params struct {
		Files map[string]string `json:"files"`
	}
	if err := inputs.Params(&params); err != nil {
		return err
	}
	if len(params.Files) == 0 {
		return &podweave.InvalidParams{Path: "files", Message: "is missing; write PATH: ALIAS/KEY for each file"}
	}
	// Sort the paths: the order of a map in Go varies, and the first mistake is reported.
	for _, path := range slices.Sorted(maps.Keys(params.Files)) {
		configMap, key, isKey := strings.Cut(params.Files[path], "/")
		if !isKey {
			return &podweave.InvalidParams{Path: "files." + path, Message: "must have the form ALIAS/KEY"}
		}
		text, err := renderTemplate(inputs.Require(configMap, key))
		if err != nil {
			return &podweave.InvalidValue{ConfigMap: configMap, Key: key, Message: err.Error()}
		}
		outputs.File(path, text)
	}
	return nil
}

func renderTemplate(text string) (string, error) {
	parsed, err := template.New("line").Option("missingkey=error").Funcs(functions).Parse(text)
	if err != nil {
		return "", withoutPrefix(err)
	}
	var rendered strings.Builder
	if err := parsed.Execute(&rendered, nil); err != nil {
		return "", withoutPrefix(err)
	}
	return rendered.String(), nil
}

// withoutPrefix makes "line:2: ..." of "template: line:2: ...".
func withoutPrefix(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "template: "))
}
