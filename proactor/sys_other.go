//go:build !linux

package proactor

// sysYieldCPU is not called: callers can run the loop on io_uring only.
func sysYieldCPU() {}
