// Package check checks arguments before they reach the contract, which traps without a message if text is not UTF-8.
package check

import (
	"strconv"
	"unicode/utf8"
)

// Text returns the text of an argument, and panics unless it is UTF-8.
func Text(argument, text string) string {
	if !utf8.ValidString(text) {
		panic(argument + " is not UTF-8")
	}
	return text
}

// Element panics unless a text in a list is UTF-8.
func Element(argument string, index int, text string) {
	if !utf8.ValidString(text) {
		panic(argument + "[" + strconv.Itoa(index) + "] is not UTF-8")
	}
}
