package proactor

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

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
		return nil, chosen, fmt.Errorf("proactor: the backend that %s asks for cannot run: %w", from, passed)
	case passed != nil:
		return nil, chosen, fmt.Errorf("proactor: no backend can run: %w", passed)
	case len(all) == 0:
		return nil, chosen, fmt.Errorf("proactor: no backend for %s: %w", runtime.GOOS, errors.ErrUnsupported)
	default:
		return nil, chosen, fmt.Errorf("proactor: %s=%q is not a backend of this build (%s): %w",
			from, forced, strings.Join(names, ", "), errors.ErrUnsupported)
	}
}
