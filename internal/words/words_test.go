package words

import (
	"testing"
	"time"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	for given, want := range map[string]string{
		"/mnt/\xff\xfe": `"/mnt/\xff\xfe"`, "/a b/ä": "/a b/ä", "a\x00b": `"a\x00b"`, "": "", "line\u2028end": `"line\u2028end"`,
	} {
		if got := Printable(given); got != want || !utf8.ValidString(got) {
			t.Errorf("%q is shown as %s, want %s", given, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 999: "999ns", 1500: "1.50µs", 12345 * time.Microsecond: "12.3ms", 999 * time.Millisecond: "999ms", 59 * time.Second: "59.0s",
		192 * time.Second: "3m12s", 3*time.Hour + 5*time.Minute: "3h05m", 75 * time.Hour: "3d03h", -time.Second: "-1.00s",
	} {
		if got := Short(d); got != want {
			t.Errorf("%d ns is %s, want %s", d, got, want)
		}
	}
}
