package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/bench/internal/plan"
)

// One row, all the way into a document.
func TestRunWritesReport(t *testing.T) {
	out := t.TempDir()
	document := filepath.Join(out, "BENCHMARKS.md")
	if err := os.WriteFile(document, []byte("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options{
		choice: plan.Choice{Rows: "^timers/", Smoke: true}, rounds: 2, duration: time.Millisecond, out: out, dir: out,
	}
	if err := o.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before\n", "\nafter\n", "### 100000 timers", "| time |", "bench/timers-setstop.svg", "others took"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "old") {
		t.Error("the old report is still there")
	}
	if _, err := os.Stat(filepath.Join(out, "bench", "timers-setstop.svg")); err != nil {
		t.Error(err)
	}
}

func TestRunRefusesUnknownRows(t *testing.T) {
	o := options{choice: plan.Choice{Rows: "no such row"}}
	if err := o.run(context.Background()); err == nil {
		t.Error("rows that do not exist were run")
	}
}

func TestFailuresNamesThem(t *testing.T) {
	err := failures([]plan.Result{{Row: plan.Row{Name: "a/1"}, Errors: map[string]string{"gnet": "gone"}}})
	if err == nil || err.Error() != "a/1: gnet: gone" {
		t.Errorf("got %v", err)
	}
	if err := failures([]plan.Result{{Absent: map[string]string{"fio": "not installed"}}}); err != nil {
		t.Errorf("who is absent has not failed: %v", err)
	}
}
