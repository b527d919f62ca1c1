//go:build !linux

package proactor

// sysYieldCPU and sysStepAside do nothing: they have been measured on Linux only.
func sysYieldCPU()  {}
func sysStepAside() {}
