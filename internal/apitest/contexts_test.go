package apitest

import (
	"slices"
	"strings"
	"testing"
)

// checkContexts holds names against the rule in await's package comment: a call with a form
// that takes no context ends in Context, and one that exists only with a context does not.
func checkContexts(names []name) (bad []string) {
	takes := map[string]bool{}
	for _, n := range names {
		if n.kind == "func" || n.kind == "method" {
			takes[n.id] = strings.HasPrefix(n.signature, "func(context.Context")
		}
	}
	for id, context := range takes {
		plain, suffixed := strings.CutSuffix(id, "Context")
		plainTakes, hasPlain := takes[plain]
		switch {
		case suffixed && !context:
			bad = append(bad, id+" takes no context")
		case suffixed && (!hasPlain || plainTakes):
			bad = append(bad, id+" has no form without a context: it needs no suffix")
		case !suffixed && context && takes[id+"Context"]:
			bad = append(bad, id+" takes a context, and so does "+id+"Context")
		}
	}
	return bad
}

func TestNamesWithAContext(t *testing.T) {
	packages, err := load(root, awaitPath)
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range checkContexts(namesOf(packages[awaitPath])) {
		t.Error(complaint)
	}
}

func TestCheckContextsCanFail(t *testing.T) {
	function := func(id, signature string) name { return name{"await", id, "func", signature} }
	const with, without = "func(context.Context) error", "func() error"
	for want, names := range map[string][]name{
		"ReadContext takes no context":                                  {function("Read", without), function("ReadContext", without)},
		"ReadContext has no form without a context: it needs no suffix": {function("ReadContext", with)},
		"Read takes a context, and so does ReadContext":                 {function("Read", with), function("ReadContext", with)},
	} {
		if got := checkContexts(names); !slices.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := checkContexts([]name{function("Read", without), function("ReadContext", with), function("Send", with)}); got != nil {
		t.Errorf("of names that follow the rule: got %q", got)
	}
}
