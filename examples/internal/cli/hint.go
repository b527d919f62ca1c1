package cli

import (
	"errors"
	"fmt"
	"syscall"
)

// hints say what to do about the failures that users meet.
var hints = []struct {
	err  error
	hint string
}{
	{syscall.EADDRINUSE, "end what listens there, or choose another port"},
	{syscall.EADDRNOTAVAIL, "no network interface of this machine has that address"},
	{syscall.EACCES, "ports below 1024 are the administrator's: choose a higher one"},
	{syscall.EMFILE, "raise the limit of open files: ulimit -n"},
}

// WithHint adds to the failure of a listen what the user can do about it.
func WithHint(err error) error {
	for _, h := range hints {
		if errors.Is(err, h.err) {
			return fmt.Errorf("%w (%s)", err, h.hint)
		}
	}
	return err
}
