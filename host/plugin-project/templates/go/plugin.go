// Builds DATABASE_URL from a ConfigMap and a parameter.
package main

import (
	"fmt"
	"strconv"

	podweave "github.com/podweave/podweave/plugins/go-sdk"
	"github.com/podweave/podweave/plugins/go-sdk/inputs"
	"github.com/podweave/podweave/plugins/go-sdk/outputs"
)

func main() {}

func init() {
	podweave.Plugin(render, podweave.Description{
		Name:    "{{name}}",
		Version: "0.1.0",
		Summary: "Builds DATABASE_URL from a ConfigMap and a parameter",
		Params:  []byte(schema),
		Example: []byte(`{"database": "shop"}`),
	})
}

const schema = `{
	"type": "object",
	"properties": {"database": {"type": "string", "description": "The name of the database."}},
	"required": ["database"],
	"additionalProperties": false
}`

func render() error {
	var params struct {
		Database string `json:"database"`
	}
	if err := inputs.Params(&params); err != nil {
		return err
	}
	if params.Database == "" {
		return &podweave.InvalidParams{Path: "database", Message: "is missing: the name of the database"}
	}
	host := inputs.Require("settings", "db_host")
	port, isSet := inputs.Find("settings", "db_port")
	if !isSet {
		port = "5432"
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return &podweave.InvalidValue{ConfigMap: "settings", Key: "db_port", Message: "is not a port number; write 1 to 65535"}
	}
	outputs.ExpandEnv("DATABASE_URL", fmt.Sprintf("postgres://app:$(DB_PASSWORD)@%s:%s/%s", host, port, params.Database))
	return nil
}
