//go:build unix

package await

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// unsimulated are the tests that need what a simulated host does not have, by why.
var unsimulated = []struct {
	why   string
	tests string // names, with spaces between them
}{}

// skipUnsimulated has the tests of unsimulated skipped, and prints which they are.
func skipUnsimulated() {
	var names []string
	fmt.Println("PROACTOR_BACKEND=sim leaves out:")
	for _, u := range unsimulated {
		fmt.Printf("  %s: %s\n", u.why, u.tests)
		names = append(names, strings.Fields(u.tests)...)
	}
	if flag.Lookup("test.skip").Value.String() != "" {
		return // somebody knows better
	}
	if err := flag.Set("test.skip", "^("+strings.Join(names, "|")+")$"); err != nil {
		panic(err)
	}
}

// TestUnsimulatedTestsAreThere keeps the list to tests that there are, each once.
func TestUnsimulatedTestsAreThere(t *testing.T) {
	sources, err := os.ReadDir(".")
	must(t, err)
	known := make(map[string]bool)
	test := regexp.MustCompile(`(?m)^func ((?:Test|Example)\w*)\(`)
	for _, s := range sources {
		if !strings.HasSuffix(s.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(s.Name())
		must(t, err)
		for _, m := range test.FindAllSubmatch(text, -1) {
			known[string(m[1])] = true
		}
	}
	for _, u := range unsimulated {
		for _, name := range strings.Fields(u.tests) {
			if !known[name] {
				t.Errorf("%s is no test, or is twice in the list", name)
			}
			delete(known, name)
		}
	}
}
