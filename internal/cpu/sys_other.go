//go:build !linux

package cpu

// Yield and StepAside do nothing: they have been measured on Linux only.
func Yield()     {}
func StepAside() {}
