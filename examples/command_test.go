//go:build unix

package examples_test

import (
	"slices"
	"strings"
	"testing"
)

func TestWrongArguments(t *testing.T) {
	numbered := slices.Concat(delayServers, timeoutClients)
	for _, c := range []struct {
		programs []string
		args     string
		want     string // in the first line
	}{
		{all, "-nonsense", "-nonsense"},
		{[]string{"hello"}, "1", `unexpected argument "1"`},
		{slices.Concat(plainServers, plainClients), "1", `unexpected argument "1"`},
		{withAddr, "-addr nonsense", "-addr: address nonsense: missing port"},
		{withAddr[:1], "-addr 127.0.0.1:99999", "-addr: address 99999: invalid port"},
		{numbered[:1], "1 2", `unexpected argument "2"`},
		{numbered, "ten", `"ten" is not a number`},
		{numbered[:1], "1.5", `"1.5" is not a number`},
		{numbered[:1], "1s", `"1s" is not a number`},
		{numbered, "-1", "-1"},
		{numbered[:1], "-- -1", `"-1" is not a number`},
		{numbered[:1], "9223372036855", `"9223372036855" is not a number`},
	} {
		for _, name := range c.programs {
			p := launch(t, name, strings.Fields(c.args)...)
			if code := p.code(t); code != 2 {
				t.Errorf("%s %s: got exit status %d, want 2", name, c.args, code)
			}
			lines := p.lines(t)
			if !strings.Contains(lines[0], c.want) || !strings.HasPrefix(lines[1], "usage: "+name) {
				t.Errorf("%s %s: got %q, want %q and usage", name, c.args, lines, c.want)
			}
		}
	}
}

func TestHelp(t *testing.T) {
	for _, name := range all {
		p := launch(t, name, "-h")
		if code := p.code(t); code != 0 {
			t.Errorf("%s -h: got exit status %d, want 0", name, code)
		}
		if lines := p.lines(t); len(lines) < 2 || !strings.HasPrefix(lines[0], "usage: "+name) || !strings.HasSuffix(lines[1], ".") {
			t.Errorf("%s -h: got %q, want usage and what it does", name, lines)
		}
	}
}
