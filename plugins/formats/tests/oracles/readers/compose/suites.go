//go:build suites

// Modules that are fetched only for their files.
package main

import _ "github.com/toml-lang/toml-test/v2"
