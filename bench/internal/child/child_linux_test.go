package child

import (
	"strings"
	"testing"
)

func TestMainLeavesOthersAlone(t *testing.T) {
	for _, args := range [][]string{nil, {"-h"}, {"serve"}, {"juggle", "{}"}, {"serve", "{}", "more"}} {
		if Main(args) {
			t.Errorf("%q is a child", args)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"nonsense": "started by the benchmark",
		`{"Contender":"awaitio","Without":"nonesuch"}`: "nonesuch",
		`{"Contender":"nobody","Work":"echo"}`:         "nobody",
		`{"Contender":"gnet","Work":"broadcast"}`:      "gnet",
	} {
		if err := run("serve", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
