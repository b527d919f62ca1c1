//go:build !unix

package await

import "errors"

func closeNow(int) error { return errors.ErrUnsupported }
