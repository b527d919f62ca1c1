//go:build unix && !linux

package backendtest

const statxBasic = 0x7ff
