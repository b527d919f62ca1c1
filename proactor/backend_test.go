package proactor

import (
	"errors"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
)

type namedBackend struct {
	backend.Backend
	name string
}

// fakes are candidates of which those in failing cannot be opened.
func fakes(failing map[string]error, names ...string) []candidate {
	var all []candidate
	for _, name := range names {
		all = append(all, candidate{name, func(Config) (backend.Backend, error) {
			if err := failing[name]; err != nil {
				return nil, err
			}
			return namedBackend{name: name}, nil
		}})
	}
	return all
}

var errFirst, errSecond = errors.New("seccomp says no"), errors.New("no such device")

func TestOpenBackendChoosesTheFirstThatRuns(t *testing.T) {
	tests := []struct {
		name, config, env, want string
		failing                 map[string]error
	}{
		{name: "first", want: "one"},
		{name: "fallback", failing: map[string]error{"one": errFirst}, want: "two"},
		{name: "by Config", config: "two", want: "two"},
		{name: "by environment", env: "two", want: "two"},
		{name: "Config before environment", config: "one", env: "two", want: "one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(backendVariable, tt.env)
			b, chosen, err := openBackend(Config{Backend: tt.config}, fakes(tt.failing, "one", "two"))
			if err != nil {
				t.Fatal(err)
			}
			if got := b.(namedBackend).name; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			wantForced := map[bool]string{true: "Config.Backend"}[tt.config != ""]
			if tt.config == "" && tt.env != "" {
				wantForced = backendVariable
			}
			if chosen.Backend != tt.want || chosen.Forced != wantForced || chosen.FellBack() != (tt.failing != nil) {
				t.Errorf("the choice is %+v, want %s, forced by %q", chosen, tt.want, wantForced)
			}
			passed := chosen.passed()
			for name, why := range tt.failing {
				if !errors.Is(passed, why) || !strings.Contains(passed.Error(), name) {
					t.Errorf("%q does not tell that %s was passed, for %q", passed, name, why)
				}
			}
			if tt.failing == nil && passed != nil {
				t.Errorf("passed %v", passed)
			}
		})
	}
}

func TestOpenBackendSaysWhatItTriedAndWhy(t *testing.T) {
	both := map[string]error{"one": errFirst, "two": errSecond}
	tests := []struct {
		name, config, env string
		failing           map[string]error
		all               []string
		words             []string
		unsaid            string
		is                []error
	}{
		{
			name: "none runs", failing: both, all: []string{"one", "two"},
			words: []string{"no backend can run", "one: seccomp says no", "two: no such device"}, is: []error{errFirst, errSecond},
		},
		{
			name: "forced by Config", config: "one", failing: both, all: []string{"one", "two"},
			words: []string{"Config.Backend asks for", "one: seccomp says no"}, unsaid: "no backend", is: []error{errFirst},
		},
		{
			name: "forced by environment does not fall back", env: "one",
			failing: map[string]error{"one": errFirst}, all: []string{"one", "two"},
			words: []string{backendVariable, "one: seccomp says no"}, unsaid: "two", is: []error{errFirst},
		},
		{
			name: "unknown in Config", config: "nine", all: []string{"one", "two"},
			words: []string{"Config.Backend", `"nine"`, "one, two"}, is: []error{errors.ErrUnsupported},
		},
		{
			name: "unknown in environment", env: "nine", all: []string{"one", "two"},
			words: []string{backendVariable, `"nine"`, "one, two"}, is: []error{errors.ErrUnsupported},
		},
		{name: "no candidates", words: []string{"no backend for "}, is: []error{errors.ErrUnsupported}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(backendVariable, tt.env)
			b, _, err := openBackend(Config{Backend: tt.config}, fakes(tt.failing, tt.all...))
			if err == nil {
				t.Fatalf("opened %v", b)
			}
			for _, word := range tt.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
			if tt.unsaid != "" && strings.Contains(err.Error(), tt.unsaid) {
				t.Errorf("%q mentions %q", err, tt.unsaid)
			}
			for _, target := range tt.is {
				if !errors.Is(err, target) {
					t.Errorf("%q is not %q", err, target)
				}
			}
		})
	}
}
