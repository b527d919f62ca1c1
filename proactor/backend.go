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

// openBackend opens the first candidate that runs here, or the forced one. passed says
// why the candidates before it do not run. Its error names every candidate tried and the cause.
func openBackend(config Config, all []candidate) (b backend.Backend, passed, err error) {
	forced, from := config.Backend, "Config.Backend"
	if forced == "" {
		forced, from = os.Getenv(backendVariable), backendVariable
	}
	var names []string
	var failures []error
	for _, c := range all {
		names = append(names, c.name)
		if forced != "" && forced != c.name {
			continue
		}
		b, err := c.open(config)
		if err == nil {
			return b, errors.Join(failures...), nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", c.name, err))
	}
	switch {
	case len(failures) > 0 && forced != "":
		return nil, nil, fmt.Errorf("proactor: the backend that %s asks for cannot run: %w", from, errors.Join(failures...))
	case len(failures) > 0:
		return nil, nil, fmt.Errorf("proactor: no backend can run: %w", errors.Join(failures...))
	case len(all) == 0:
		return nil, nil, fmt.Errorf("proactor: no backend for %s: %w", runtime.GOOS, errors.ErrUnsupported)
	default:
		return nil, nil, fmt.Errorf("proactor: %s=%q is not a backend of this build (%s): %w",
			from, forced, strings.Join(names, ", "), errors.ErrUnsupported)
	}
}
