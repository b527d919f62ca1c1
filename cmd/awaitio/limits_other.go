//go:build !linux

package main

// limits are not looked up here: those of Linux are what io_uring meets.
func limits() []limit { return nil }
