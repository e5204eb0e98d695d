// Reads a JSON list of .env documents from standard input as Compose does, which always follows references.
package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	results := []map[string]string{}
	for _, text := range texts {
		values, err := dotenv.ParseWithLookup(strings.NewReader(text), func(string) (string, bool) { return "", false })
		if err != nil {
			values = nil
		}
		results = append(results, values)
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
