//go:build unix

package examples_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/proactor"
)

// The examples, by what they are.
var (
	plainServers   = []string{"tcp_echo_server", "async_tcp_echo_server"}
	delayServers   = []string{"tcp_echo_server_delay", "async_tcp_echo_server_delay"}
	plainClients   = []string{"tcp_echo_client", "async_tcp_echo_client"}
	timeoutClients = []string{"tcp_echo_client_timeout", "async_tcp_echo_client_timeout"}

	servers  = slices.Concat(plainServers, delayServers)
	clients  = slices.Concat(plainClients, timeoutClients)
	withAddr = slices.Concat(servers, clients)
	all      = append([]string{"hello"}, withAddr...)
)

// programs is where the examples are built, once for all tests, when the first
// of them wants one.
var programs struct {
	once sync.Once
	dir  string
	err  error
}

// TestMain is testutil.Main, but takes the built programs away.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if programs.dir != "" {
			if err := os.RemoveAll(programs.dir); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
		os.Exit(code)
	}))
}

// program returns the path of an example.
func program(t *testing.T, name string) string {
	t.Helper()
	programs.once.Do(build)
	if errors.Is(programs.err, errors.ErrUnsupported) && runtime.GOOS != "linux" {
		t.Skipf("no backend on this system: %v", programs.err)
	}
	if programs.err != nil {
		t.Fatal(programs.err)
	}
	return filepath.Join(programs.dir, name)
}

func build() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		programs.err = err
		return
	}
	_ = p.Close() // it was only to see whether there is one
	if programs.dir, programs.err = os.MkdirTemp("", "examples-"); programs.err != nil {
		return
	}
	args := slices.Concat([]string{"build", "-o", programs.dir}, buildFlags, []string{"./..."})
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		programs.err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
}

func TestTheseAreAllExamples(t *testing.T) {
	dirs, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for i := range dirs {
		dirs[i] = filepath.Dir(dirs[i])
	}
	want := slices.Sorted(slices.Values(all))
	if !slices.Equal(dirs, want) {
		t.Errorf("got the examples %q, want %q", dirs, want)
	}
}

func TestReadmeDescribesAllExamples(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if !regexp.MustCompile(`go run \./examples/` + name + `\b`).Match(readme) {
			t.Errorf("README.md does not say how to run %s", name)
		}
	}
}
