package proactor

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"github.com/awaitio/awaitio/internal/backend"
)

// backendVariable forces a backend where Config.Backend does not.
const backendVariable = "PROACTOR_BACKEND"

// A candidate is a backend this system may be able to run.
type candidate struct {
	name string
	open func(Config) (backend.Backend, error)
}

// forcedBackend is the backend that config or the environment asks for, or "", and which of
// the two it was.
func forcedBackend(config Config) (forced, from string) {
	if config.Backend != "" {
		return config.Backend, "Config.Backend"
	}
	return os.Getenv(backendVariable), backendVariable
}

// openBackend opens the first candidate that runs here, or the forced one, and tells why it is
// that one. Its error names every candidate tried and the cause.
func openBackend(config Config, all []candidate) (b backend.Backend, chosen Choice, err error) {
	forced, from := forcedBackend(config)
	var names []string
	for _, c := range all {
		names = append(names, c.name)
		if forced != "" && forced != c.name {
			continue
		}
		b, err := c.open(config)
		if err == nil {
			chosen.Backend = c.name
			if forced != "" {
				chosen.Forced = from
			}
			return b, chosen, nil
		}
		chosen.Refused = append(chosen.Refused, Refusal{c.name, err})
	}
	switch passed := chosen.passed(); {
	case passed != nil && forced != "":
		return nil, chosen, &startError{fmt.Sprintf("the backend that %s asks for cannot run", from), passed, chosen.Refused}
	case passed != nil:
		return nil, chosen, &startError{"no backend can run", passed, chosen.Refused}
	case len(all) == 0:
		return nil, chosen, fmt.Errorf("proactor: no backend for %s: %w", runtime.GOOS, errors.ErrUnsupported)
	default:
		return nil, chosen, fmt.Errorf("proactor: %s=%q is not a backend of this build (%s): %w",
			from, forced, strings.Join(names, ", "), errors.ErrUnsupported)
	}
}

// A startError says that no backend runs, and why.
type startError struct {
	what    string
	passed  error
	refused []Refusal
}

func (e *startError) Error() string { return "proactor: " + e.what + ": " + e.passed.Error() }

// Unwrap returns the refusals.
func (e *startError) Unwrap() error { return e.passed }

// Temporary reports whether a backend may run later: at the limit of descriptors none does. A server
// asks the net.Error around it, and ends unless it is temporary (http.Server.Serve).
func (e *startError) Temporary() bool {
	for _, r := range e.refused {
		var errno syscall.Errno
		if errors.As(r.Err, &errno) && errno.Temporary() {
			return true
		}
	}
	return false
}
