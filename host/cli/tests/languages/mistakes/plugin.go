// Makes the requested mistake: each is the second line of a function of its name.
package main

import (
	"errors"

	podweave "github.com/podweave/podweave/plugins/go-sdk"
	"github.com/podweave/podweave/plugins/go-sdk/inputs"
	"github.com/podweave/podweave/plugins/go-sdk/log"
	"github.com/podweave/podweave/plugins/go-sdk/outputs"
)

func main() {}

func init() { podweave.Plugin(render, podweave.Description{Name: "mistaken"}) }

const notUTF8 = "\xff"

var mistakes = map[string]func() error{
	"nothing": nothing, "envOfBytes": envOfBytes, "nameOfBytes": nameOfBytes, "replaceArgsOfBytes": replaceArgsOfBytes, "fileOfBytes": fileOfBytes,
	"findOfBytes": findOfBytes, "logOfBytes": logOfBytes, "failureOfBytes": failureOfBytes, "invalidValueOfBytes": invalidValueOfBytes,
	"typedNil": typedNil, "typedNilParams": typedNilParams, "panicOfNil": panicOfNil, "panicOfAnError": panicOfAnError, "nilMap": nilMap,
	"nilPointer": nilPointer, "paramsOfAValue": paramsOfAValue,
}

func render() error {
	var params struct {
		Do string `json:"do"`
	}
	if err := inputs.Params(&params); err != nil {
		return err
	}
	return mistakes[params.Do]()
}

func nothing() error {
	outputs.Env("WORKS", "yes")
	return nil
}

func envOfBytes() error {
	outputs.Env("PORT", notUTF8)
	return nil
}

func nameOfBytes() error {
	outputs.ExpandEnv(notUTF8, "8080")
	return nil
}

func replaceArgsOfBytes() error {
	outputs.ReplaceArgs([]string{"a", notUTF8})
	return nil
}

func fileOfBytes() error {
	outputs.File("f", notUTF8)
	return nil
}

func findOfBytes() error {
	inputs.Find("settings", notUTF8)
	return nil
}

func logOfBytes() error {
	log.Info(notUTF8)
	return nil
}

func failureOfBytes() error {
	return errors.New("bad: " + notUTF8)
}

func invalidValueOfBytes() error {
	return &podweave.InvalidValue{ConfigMap: "settings", Key: "port", Message: "is bad: " + notUTF8}
}

func typedNil() error {
	var mistake *podweave.InvalidValue
	return mistake
}

func typedNilParams() error {
	var mistake *podweave.InvalidParams
	return mistake
}

func panicOfNil() error {
	panic(nil)
}

func panicOfAnError() error {
	panic(errors.New("an error"))
}

func nilMap() error {
	map[string]string(nil)["a"] = "b"
	return nil
}

func nilPointer() error {
	log.Info((*podweave.InvalidValue)(nil).Key)
	return nil
}

func paramsOfAValue() error {
	return inputs.Params(podweave.Description{})
}
