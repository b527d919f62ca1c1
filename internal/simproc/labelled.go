package simproc

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime/pprof"
	"strconv"
	"strings"
)

// A Group is goroutines that do the same, and have the same label.
type Group struct {
	Value string // of the label
	Count int
	Stack string // indented lines
}

var groupLine = regexp.MustCompile(`^(\d+) @`)

// Labelled are the goroutines that have a pprof label, from the goroutine profile. It stops
// the program for a moment.
func Labelled(label string) (groups []Group) {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return nil
	}
	for block := range strings.SplitSeq(profile.String(), "\n\n") {
		if g, ok := parseGroup(block, label); ok {
			groups = append(groups, g)
		}
	}
	return groups
}

// parseGroup reads a block of a goroutine profile: "3 @ 0x...", "# labels: {...}", and a line
// for each call, "#", a program counter, function and offset, file and line.
func parseGroup(block, label string) (g Group, ok bool) {
	var s strings.Builder
	for line := range strings.SplitSeq(block, "\n") {
		if m := groupLine.FindStringSubmatch(line); m != nil {
			g.Count, _ = strconv.Atoi(m[1])
			continue
		}
		if labels, found := strings.CutPrefix(line, "# labels: "); found {
			g.Value, ok = parseLabels(labels)[label]
			continue
		}
		if f := strings.Split(line, "\t"); len(f) == 4 && f[0] == "#" {
			name, _, _ := strings.Cut(f[2], "+0x")
			fmt.Fprintf(&s, "    %s\n      %s\n", name, f[3])
		}
	}
	g.Stack = s.String()
	return g, ok
}
