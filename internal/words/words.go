// Package words has what the library says to people in the same words everywhere: how long something
// took, and text of the program's that may be anything.
package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Printable is s if a line of text can have it, and s quoted as in Go if not: it may be a path that is
// no UTF-8, or have what a terminal takes for a command.
func Printable(s string) string {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// Forced says why a backend runs that by has asked for: "because PROACTOR_BACKEND names it".
func Forced(by string) string { return "because " + by + " names it" }

// Short is d with three digits at most.
func Short(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d < 0:
		return "-" + Short(-d)
	case d < time.Microsecond:
		return d.String()
	case d < time.Millisecond:
		return digits(d, time.Microsecond) + "µs"
	case d < time.Second:
		return digits(d, time.Millisecond) + "ms"
	case d < time.Minute:
		return digits(d, time.Second) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%02dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

func digits(d, unit time.Duration) string {
	x := float64(d) / float64(unit)
	switch {
	case x < 10:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x < 100:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}
