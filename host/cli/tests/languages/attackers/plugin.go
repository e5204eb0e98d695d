// Does things that a render must not do.
package main

import (
	"errors"
	"strconv"
	"strings"

	podweave "github.com/podweave/podweave/plugins/go-sdk"
	"github.com/podweave/podweave/plugins/go-sdk/inputs"
	"github.com/podweave/podweave/plugins/go-sdk/outputs"
)

func main() {}

func init() { podweave.Plugin(render, podweave.Description{}) }

func render() error {
	var params struct {
		Do string `json:"do"`
	}
	if err := inputs.Params(&params); err != nil {
		return err
	}
	return attack(params.Do)
}

func attack(todo string) error {
	switch todo {
	case "loop":
		for {
		}
	case "goroutine":
		done := make(chan bool)
		go func() {
			for {
			}
		}()
		<-done
	case "deadlock":
		<-make(chan bool)
	case "recursion":
		outputs.Env("DEPTH", strconv.Itoa(recurse(1)))
	case "memory":
		outputs.Env("LONG", strings.Repeat("x", 1<<27))
	case "panic":
		panic("a number that is none")
	case "index":
		numbers := []int{1, 2, 3}
		outputs.Env("NUMBER", strconv.Itoa(numbers[len(todo)-2]))
	case "error":
		return errors.New("a foreseen error")
	default:
		outputs.Env("WORKS", "yes")
	}
	return nil
}

func recurse(depth int) int {
	if depth == 0 {
		return 0
	}
	return recurse(depth+1) + 1
}
