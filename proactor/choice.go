package proactor

import (
	"errors"
	"fmt"

	"github.com/awaitio/awaitio/internal/backend"
)

// A Choice says which backend a proactor runs on, and why.
type Choice struct {
	Backend string    // "io_uring", "epoll" or "kqueue"; "" where none has been chosen
	Forced  string    // who asked for it: "Config.Backend", "PROACTOR_BACKEND", or "" for nobody
	Refused []Refusal // the backends that come before it and do not run here, in the order tried
	System  string    // the system and its release: "Linux 6.8.0"

	// Setup is what the kernel granted of what was asked for: of io_uring the setup flags
	// in use, such as "IORING_SETUP_CQSIZE".
	Setup []string

	// Missing are the operations that the kernel lacks, as Operation.Op names them. Another
	// system call does their work, or they fail with errors.ErrUnsupported.
	Missing []string
}

// A Refusal is a backend that does not run here, with an error that names the likely cause, such
// as a seccomp filter.
type Refusal struct {
	Backend string
	Err     error
}

// FellBack reports whether a backend runs that is not the best one of the system, and
// nobody asked for that.
func (c Choice) FellBack() bool { return len(c.Refused) > 0 && c.Backend != "" }

// passed is why the backends before the chosen one do not run, or nil.
func (c Choice) passed() error {
	var all []error
	for _, r := range c.Refused {
		all = append(all, fmt.Errorf("%s: %w", r.Backend, r.Err))
	}
	return errors.Join(all...)
}

// Choice returns which backend runs and why. Any goroutine may call it.
func (p *Proactor) Choice() Choice { return p.choice }

// describe completes c, of a backend that runs.
func (c *Choice) describe(b backend.Backend) {
	c.System = sysRelease()
	if d, ok := b.(backend.Describer); ok {
		c.Setup = d.Setup()
		for op := range backend.OpCount {
			if d.Lacks()&(1<<op) != 0 {
				c.Missing = append(c.Missing, op.String())
			}
		}
	}
}
