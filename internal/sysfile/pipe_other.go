//go:build !unix

package sysfile

import "errors"

// PipeCall is the system call that Pipe makes.
const PipeCall = "pipe"

// Pipe has no pipes here.
func Pipe() (ends [2]int, err error) { return ends, errors.ErrUnsupported }
