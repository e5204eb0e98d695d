// A minimal plugin: each key of settings becomes a variable.
package main

import (
	podweave "github.com/podweave/podweave/plugins/go-sdk"
	"github.com/podweave/podweave/plugins/go-sdk/inputs"
	"github.com/podweave/podweave/plugins/go-sdk/outputs"
)

func main() {}

func init() { podweave.Plugin(render, podweave.Description{}) }

func render() error {
	for _, key := range []string{"K00", "K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10"} {
		outputs.Env(key, inputs.Require("settings", key))
	}
	return nil
}
