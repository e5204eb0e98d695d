// Calls everything in the contract, and outputs the results.
package main

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	podweave "github.com/podweave/podweave/plugins/go-sdk"
	"github.com/podweave/podweave/plugins/go-sdk/inputs"
	"github.com/podweave/podweave/plugins/go-sdk/log"
	"github.com/podweave/podweave/plugins/go-sdk/outputs"
)

func main() {}

func init() {
	podweave.Plugin(render, podweave.Description{Name: "conformance", Version: "0.1.0", Summary: "Calls everything in the contract"})
}

func render() error {
	var params struct {
		Do   string `json:"do"`
		Text string `json:"text"`
		// The plugin ignores this, but must be able to parse it.
		Nested any `json:"nested"`
	}
	if err := inputs.Params(&params); err != nil {
		return err
	}
	switch params.Do {
	case "inputs":
		showInputs(params.Text)
	case "outputs":
		setOutputs()
	case "replace-args":
		outputs.ReplaceArgs([]string{"--first", "$(NOT_EXPANDED)", ""})
	case "invalid-value":
		return &podweave.InvalidValue{ConfigMap: "app", Key: "word", Message: "is not a good word"}
	case "invalid-params":
		return &podweave.InvalidParams{Path: "do[0].what", Message: "is not a good thing to do"}
	case "fail":
		return errors.New("nothing to be done: ü")
	case "require-missing":
		outputs.Env("X", inputs.Require("app", "wrod"))
	case "unbound":
		outputs.Env("X", strings.Join(inputs.Keys("ap"), ","))
	case "bad-name":
		outputs.Env("A=B", "x")
	case "twice":
		outputs.Env("X", "1")
		outputs.Env("X", "1")
		outputs.Env("X", "2")
	default:
		return &podweave.InvalidParams{Path: "do", Message: "is not an action of this plugin"}
	}
	return nil
}

func showInputs(text string) {
	outputs.Env("PARAM_TEXT", text)
	outputs.Env("CONFIG_MAPS", strings.Join(inputs.ConfigMaps(), ","))
	outputs.Env("KEYS", strings.Join(inputs.Keys("app"), ","))
	outputs.Env("REQUIRE", inputs.Require("app", "word"))
	outputs.Env("FIND", orNone(inputs.Find("app", "word")))
	outputs.Env("FIND_ABSENT", orNone(inputs.Find("app", "absent")))
	outputs.Env("FIND_OPTIONAL", orNone(inputs.Find("extra", "word")))
	outputs.Env("REQUIRE_BYTES", hex.EncodeToString(inputs.RequireBytes("app", "blob")))
	outputs.Env("FIND_BYTES", hexOrNone(inputs.FindBytes("app", "word")))
	outputs.Env("FIND_BYTES_EMPTY", hexOrNone(inputs.FindBytes("app", "empty")))
	outputs.Env("FIND_BYTES_ABSENT", hexOrNone(inputs.FindBytes("app", "absent")))
	outputs.Env("POD_NAME", orNone(inputs.PodName()))
	outputs.Env("POD_UID", orNone(inputs.PodUID()))
	outputs.Env("NODE_NAME", orNone(inputs.NodeName()))
	outputs.Env("POD_NAMESPACE", inputs.PodNamespace())
	outputs.Env("SERVICE_ACCOUNT", inputs.ServiceAccount())
	outputs.Env("CONTAINER_NAME", inputs.ContainerName())
	outputs.Env("IMAGE", inputs.Image())
	outputs.Env("LABEL", orNone(inputs.Label("app")))
	outputs.Env("ANNOTATION", orNone(inputs.Annotation("example.org/note")))
	outputs.Env("NODE_LABEL", orNone(inputs.NodeLabel("zone")))
	outputs.Env("COMMAND", listOrNone(inputs.Command()))
	outputs.Env("ARGS", listOrNone(inputs.Args()))
	outputs.Env("PORT", portOrNone(inputs.Port("http")))
	outputs.Env("RESOURCE_REQUEST", orNone(inputs.ResourceRequest("cpu")))
	outputs.Env("RESOURCE_LIMIT", orNone(inputs.ResourceLimit("memory")))
}

func setOutputs() {
	blob := inputs.RequireBytes("app", "blob")
	outputs.Env("EMPTY", "")
	outputs.ExpandEnv("EXPANDED", "$(HOME_URL)/$$x/$(UNKNOWN)")
	outputs.AppendArg("--word=ünï")
	outputs.AppendArg("$(NOT_EXPANDED)")
	outputs.File("text.conf", "grüße\n")
	outputs.FileBytes("dir/blob", blob)
	outputs.FileMode("dir/blob", 0o640)
	log.Debug("a debug line")
	log.Info("an info line")
	log.Warn("a warning")
	log.Error("an error line")
}

func orNone(value string, isThere bool) string {
	if !isThere {
		return "(none)"
	}
	return value
}

func listOrNone(list []string, isThere bool) string { return orNone(strings.Join(list, "|"), isThere) }

func hexOrNone(bytes []byte, isThere bool) string { return orNone(hex.EncodeToString(bytes), isThere) }

func portOrNone(port uint16, isThere bool) string { return orNone(strconv.Itoa(int(port)), isThere) }
