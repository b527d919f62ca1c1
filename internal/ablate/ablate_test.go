package ablate

import (
	"os"
	"strings"
	"testing"
)

func TestEveryMechanismHasANameAndASentence(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range All() {
		name := m.String()
		if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, " ,") || seen[name] {
			t.Errorf("mechanism %d is called %q", m, name)
		}
		seen[name] = true
		if about := m.About(); !strings.HasSuffix(about, ".") || strings.Contains(about, ". ") {
			t.Errorf("%s: %q is not one sentence", name, about)
		}
		if got, err := Parse(name); got != m || err != nil {
			t.Errorf("%s is parsed as %v, %v", name, got, err)
		}
	}
}

func TestParseRefusesUnknownNamesWithTheList(t *testing.T) {
	_, err := Parse("nonesuch")
	if err == nil {
		t.Fatal("no error")
	}
	for _, m := range All() {
		if !strings.Contains(err.Error(), m.String()) {
			t.Errorf("%q does not list %s", err, m)
		}
	}
}

func TestSwitch(t *testing.T) {
	if Off() != 0 {
		t.Fatalf("off from the start: %b", Off())
	}
	restore := Switch(Of(Spin, Taskrun))
	for _, m := range All() {
		if want := m == Spin || m == Taskrun; Off().Has(m) != want {
			t.Errorf("%s is off: %v, want %v", m, !want, want)
		}
	}
	Switch(Of(FreeList))()
	if Off() != Of(Spin, Taskrun) {
		t.Errorf("not switched back: %b", Off())
	}
	restore()
	if Off() != 0 {
		t.Errorf("still off: %b", Off())
	}
}

// The record says of each mechanism what its constants are and why.
func TestRecordHasEveryMechanism(t *testing.T) {
	text, err := os.ReadFile("../../docs/decisions/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range All() {
		if !strings.Contains(string(text), "\n| "+m.String()+" |") {
			t.Errorf("docs/decisions/policy.md has no line for %s", m)
		}
	}
}
