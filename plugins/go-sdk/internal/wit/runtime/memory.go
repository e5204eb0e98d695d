// Package wit_runtime provides the host with memory for what it passes in. The generated bindings use this name.
package wit_runtime

import (
	"runtime"
	"unsafe"
)

// isInitialised is set when Go has started: before that, there is no heap.
var isInitialised bool

func init() { isInitialised = true }

// forHost keeps memory that the host has requested alive until the instance ends, which is the end of the render.
var forHost runtime.Pinner

// sbrk grows the memory by bytes and returns where the new ones begin.
//
//go:linkname sbrk runtime.sbrk
func sbrk(bytes uintptr) unsafe.Pointer

// Allocate returns memory that is not moved until the pinner is released.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	// A slice of words is aligned for everything that crosses the contract.
	words := make([]uint64, (size+7)/8)
	pointer := unsafe.Pointer(unsafe.SliceData(words))
	pinner.Pin(pointer)
	return pointer
}

// reallocate is the host's function for requesting memory; the host never asks to change memory that it already has.
//
//go:wasmexport cabi_realloc
func reallocate(old unsafe.Pointer, oldSize, align, newSize uintptr) unsafe.Pointer {
	if old != nil || oldSize != 0 {
		panic("the host asks to change memory that it already has")
	}
	if isInitialised {
		return Allocate(&forHost, newSize, align)
	}
	// WASI's bridge requests its stack before Go has started.
	start := sbrk(newSize + align)
	return unsafe.Add(start, -uintptr(start)&(align-1))
}
