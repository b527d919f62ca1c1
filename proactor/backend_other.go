//go:build !linux && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package proactor

// candidates is empty where no backend has been written for the system yet.
var candidates []candidate
