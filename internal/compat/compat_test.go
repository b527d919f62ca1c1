package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

const method = `package net

func (d *Dialer) Dial(network, address string) (Conn, error) { return nil, nil }

func (x *Dialer) DialContext(ctx context.Context, network, address string) (Conn, error) {
	return nil, nil
}
`

var dialHook = hook{
	receiver: "*Dialer", method: "DialContext", params: "ctx context.Context, network, address string",
	results: "Conn, error", variable: "CompatDial", arguments: "ctx, x, network, address",
}

func TestAHookIsTheBeginningOfItsMethod(t *testing.T) {
	got, err := dialHook.insert(method)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(got, "DialContext(ctx context.Context, network, address string) (Conn, error) {\n")
	if !found || !strings.HasPrefix(after, "\tif CompatDial != nil {\n\t\tif served, ok, err := CompatDial(ctx, x, network, address); ok {") {
		t.Errorf("got %s", got)
	}
	if !strings.HasSuffix(after, "\n\treturn nil, nil\n}\n") {
		t.Errorf("the rest of the method is gone: %s", got)
	}
}

// TestAHookFailsOnAnotherSource is what another version of Go may bring.
func TestAHookFailsOnAnotherSource(t *testing.T) {
	for name, change := range map[string]func(h *hook){
		"method":   func(h *hook) { h.method = "DialSomehow" },
		"receiver": func(h *hook) { h.receiver = "Dialer" },
		"params":   func(h *hook) { h.params = "network, address string" },
		"results":  func(h *hook) { h.results = "*Conn, error" },
		"name":     func(h *hook) { h.arguments = "ctx, d, network, address" },
	} {
		h := dialHook
		change(&h)
		if got, err := h.insert(method); err == nil {
			t.Errorf("another %s was no error: %s", name, got)
		}
	}
	if _, err := dialHook.insert("package"); err == nil {
		t.Error("what is no Go was no error")
	}
	if _, err := importing("fmt")("package net\n"); err == nil {
		t.Error("a file without imports was no error")
	}
}

func TestParseOfATestThatEndsTheProgram(t *testing.T) {
	ended, said := parse([]byte(`{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"A","Output":"one "}
{"Action":"output","Package":"p","Test":"A","Output":"two"}
{"Action":"pass","Package":"p","Test":"A"}
not JSON
{"Action":"run","Package":"p","Test":"B"}
{"Action":"fail","Package":"p"}
`))
	want := outcomes{{"p", "A"}: "pass", {"p", "B"}: "fail", {"p", ""}: "fail"}
	if len(ended) != len(want) {
		t.Errorf("got %v", ended)
	}
	for test, how := range want {
		if ended[test] != how {
			t.Errorf("%v: %q, want %q", test, ended[test], how)
		}
	}
	if got := said[test{"p", "A"}]; got != "one two" {
		t.Errorf("A said %q", got)
	}
}

func TestDifferences(t *testing.T) {
	control := outcomes{
		{"p", ""}: "pass", {"p", "Same"}: "pass", {"p", "Both"}: "fail", {"p", "Gone"}: "pass", {"p", "Skipped"}: "pass",
		{"p", "Parts"}: "pass", {"p", "Parts/a"}: "pass", {"p", "Parts/b"}: "pass", {"p", "PartsToo"}: "pass",
	}
	hooked := outcomes{
		{"p", ""}: "fail", {"p", "Same"}: "pass", {"p", "Both"}: "fail", {"p", "Skipped"}: "skip",
		{"p", "Parts"}: "fail", {"p", "Parts/a"}: "pass", {"p", "Parts/b"}: "fail", {"p", "PartsToo"}: "pass",
	}
	got := differences(control, hooked)
	if want := []test{{"p", "Gone"}, {"p", "Parts/b"}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	all, err := parseKnown("# comment\n\np Parts for a reason\nq Gone of another package\n")
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	expected, unexpected := split(got, all)
	if !slices.Equal(expected, got[1:]) || !slices.Equal(unexpected, got[:1]) {
		t.Errorf("%v are known, %v are not", expected, unexpected)
	}
	r := report{{path: "p", control: control, hooked: hooked, unexpected: unexpected}}
	if err := r.failure(); err == nil || !strings.Contains(err.Error(), "p Gone") {
		t.Errorf("got error %v", err)
	}
	if err := (report{{path: "p", expected: expected}}).failure(); err != nil {
		t.Error(err)
	}
}

// TestAPackageThatFailedAsAWhole was not built, or ended before its first test.
func TestAPackageThatFailedAsAWhole(t *testing.T) {
	got := differences(outcomes{{"p", ""}: "pass"}, outcomes{{"p", ""}: "fail"})
	if want := []test{{"p", ""}}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestKnownDifferencesHaveReasons(t *testing.T) {
	all, err := parseKnown(knownText)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d, %v", len(all), err)
	}
	tested := options{}.paths()
	for _, k := range all {
		if !slices.Contains(tested, k.pkg) {
			t.Errorf("%v is of no package that is tested", k)
		}
	}
	if _, err := parseKnown("net TestWithoutAReason\n"); err == nil {
		t.Error("a difference without a reason was no error")
	}
}

// TestTheInstalledGoCanBePatched makes the copy, without the rest of a run.
func TestTheInstalledGoCanBePatched(t *testing.T) {
	goroot, err := output("go", "env", "GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range netHooks {
		if _, err := changed(goroot+"/src/"+h.file, h.insert); err != nil {
			t.Error(err)
		}
	}
	if _, err := changed(goroot+"/src/"+mainImports, importing("fmt")); err != nil {
		t.Error(err)
	}
}
