//go:build suites

// What is fetched for its files alone.
package main

import _ "github.com/toml-lang/toml-test/v2"
