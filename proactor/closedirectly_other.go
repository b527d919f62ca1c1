//go:build !unix

package proactor

import "errors"

// closeDirectly is never reached: there is no backend whose failure it could follow.
func closeDirectly(int) error { return errors.ErrUnsupported }
