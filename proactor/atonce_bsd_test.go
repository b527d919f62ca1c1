//go:build unix && !linux

package proactor_test

var (
	systemMakers map[string]maker
	systemCalls  map[string]bareCall
)
