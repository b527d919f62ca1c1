//go:build linux

package sim_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A tutorial is what docs/SIMULATION.md shows: packages of tests, and what they print.
type tutorial struct {
	root     string
	packages map[string]string // the source by the package's name
	prints   map[string]string // by the name of the package before it
}

func readTutorial(t *testing.T) *tutorial {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/SIMULATION.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := &tutorial{root, map[string]string{}, map[string]string{}}
	last := ""
	for _, m := range regexp.MustCompile("(?ms)^```(go|text)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		if m[1] == "text" {
			p.prints[last] = m[2]
			continue
		}
		last = regexp.MustCompile(`(?m)^package (\w+)$`).FindStringSubmatch(m[2])[1]
		p.packages[last] = m[2]
	}
	return p
}

// run runs the tests in sources, which are one package, and returns what they print and whether
// they pass. The package is in this module without being in its directory.
func (p *tutorial) run(t *testing.T, env string, sources ...string) (printed string, ok bool) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const pkg = "sim/internal/tutorial"
	files := map[string]string{}
	for i, source := range sources {
		name := string(rune('a'+i)) + "_test.go"
		files[filepath.Join(p.root, pkg, name)] = write(name, []byte(source))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "tutorial.test")
	// Vet would look for the directory.
	build := exec.Command("go", "test", "-vet=off", "-overlay", write("overlay", overlay), "-c", "-o", binary, "./"+pkg)
	build.Dir = p.root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	test := exec.Command(binary, "-test.v")
	test.Dir, test.Env = dir, append(os.Environ(), env)
	out, err := test.CombinedOutput()
	return string(out), err == nil
}

// wantPrinted compares what a test printed with the page, where dots stand for the rest of a line.
func (p *tutorial) wantPrinted(t *testing.T, name, printed string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(p.prints[name]), "\n")
	if len(lines) < 2 {
		t.Fatalf("the page does not say what package %s prints", name)
	}
	printed = regexp.MustCompile(`(\w+\.go):\d+`).ReplaceAllString(printed, "$1")
	rest := strings.Split(printed, "\n")
	for _, line := range lines {
		want, short := strings.CutSuffix(strings.TrimSpace(line), "...")
		found := false
		for len(rest) > 0 && !found {
			got := strings.TrimSpace(rest[0])
			_, said, _ := strings.Cut(got, ": ") // after the file of the test
			rest = rest[1:]
			want := strings.TrimSpace(want)
			found = got == want || said == want || short && (strings.HasPrefix(got, want) || strings.HasPrefix(said, want))
		}
		if !found {
			t.Fatalf("the page says that this is printed:\n%s\nwhat is printed:\n%s", line, printed)
		}
	}
}

// The tests of the tutorial pass, and print what the page says that they print.
func TestTutorial(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds four test binaries")
	}
	p := readTutorial(t)
	printed, ok := p.run(t, "", p.packages["shop"])
	if !ok {
		t.Errorf("shop fails:\n%s", printed)
	}
	p.wantPrinted(t, "shop", printed)

	log := p.packages["journal"]
	if printed, ok := p.run(t, "", log); !ok {
		t.Errorf("the log fails:\n%s", printed)
	}
	sync := regexp.MustCompile(`(?s)\t\tif err := f\.Sync.*?\n\t\t}\n`)
	printed, ok = p.run(t, "", sync.ReplaceAllString(log, ""))
	if ok {
		t.Errorf("the log without Sync passes:\n%s", printed)
	}
	p.wantPrinted(t, "journal", printed)

	if printed, ok := p.run(t, "SIM_COUNT=3", p.packages["store"], tutorialStore); !ok || !strings.Contains(printed, "3 seeds") {
		t.Errorf("the store fails:\n%s", printed)
	}
}

// tutorialStore is what the page leaves to its reader: a store, its client and a checker.
const tutorialStore = `package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

func serve(ctx context.Context, io *await.IO) error {
	l, err := io.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	s := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "zero") })}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	return s.Serve(l)
}

func client(aio *await.IO) func(string) (string, error) {
	c := http.Client{Transport: &http.Transport{DialContext: aio.DialContext, DisableKeepAlives: true}}
	return func(request string) (string, error) {
		r, err := c.Get("http://n1/" + request[len("get "):])
		if err != nil {
			return "", err
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		return string(b), err
	}
}

func zeros(calls []sim.Call[string, string]) error {
	if len(calls) != 200 {
		return fmt.Errorf("%d calls", len(calls))
	}
	for _, c := range calls {
		if c.Err == nil && c.Out != "zero" {
			return errors.New(c.Out)
		}
	}
	return nil
}

func TestStore(t *testing.T) { testStore(t, serve, client, zeros) }
`
