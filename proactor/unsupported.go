package proactor

import "errors"

// unsupportedError is an operation that the backend here does not have.
type unsupportedError string

func errUnsupported(backend string) error { return unsupportedError(backend) }

func (e unsupportedError) Error() string {
	return string(e) + " on this system does not support the operation"
}

func (e unsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }
