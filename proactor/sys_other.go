//go:build !linux

package proactor

// sysYieldCPU does nothing: it has been measured on Linux only.
func sysYieldCPU() {}
