package sysfile

import (
	"os"
	"testing"
)

func TestTempName(t *testing.T) {
	for _, c := range []struct{ pattern, prefix, suffix string }{
		{"", "", ""}, {"a", "a", ""}, {"a*", "a", ""}, {"*b", "", "b"}, {"a*b", "a", "b"}, {"a*b*c", "a*b", "c"},
	} {
		if prefix, suffix, err := TempName(c.pattern); err != nil || prefix != c.prefix || suffix != c.suffix {
			t.Errorf("%q: %q, %q, %v", c.pattern, prefix, suffix, err)
		}
	}
	if _, _, err := TempName("a" + string(os.PathSeparator) + "b"); err != errPatternHasSeparator {
		t.Errorf("a pattern with a separator: %v", err)
	}
}

func TestJoinPath(t *testing.T) {
	s := string(os.PathSeparator)
	for _, c := range [][3]string{
		{"a", "b", "a" + s + "b"}, {"a" + s, "b", "a" + s + "b"}, {"", "b", s + "b"}, {"a" + s + "..", "b", "a" + s + ".." + s + "b"},
	} {
		if got := JoinPath(c[0], c[1]); got != c[2] {
			t.Errorf("%q and %q are %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
