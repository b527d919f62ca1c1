//go:build !linux

// Package cpu gives the processor of the calling thread to others for a moment.
package cpu

// Yield and StepAside do nothing: they have been measured on Linux only.
func Yield()     {}
func StepAside() {}
