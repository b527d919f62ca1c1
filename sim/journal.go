//go:build unix

package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/awaitio/awaitio/internal/sim"
)

// An Entry is a line of the journal.
type Entry struct {
	At    time.Duration // since the beginning of the World
	Host  string        // whom it befell; "" if nobody in particular
	Fault string        // the number of the fault that it is, or ""
	Text  string
}

// String is the entry as a line.
func (e Entry) String() string {
	s := fmt.Sprintf("%12.6f", e.At.Seconds())
	if e.Host != "" {
		s += " " + e.Host
	}
	s += " " + e.Text
	if e.Fault != "" {
		s += " [" + e.Fault + "]"
	}
	return s
}

func entryOf(e sim.Entry) Entry {
	entry := Entry{At: e.At, Host: e.Host, Text: e.Text}
	if e.Fault != 0 {
		entry.Fault = e.Fault.String()
	}
	return entry
}

// Journal returns the entries so far, in order.
func (w *World) Journal() []Entry {
	inner := w.in.Journal()
	entries := make([]Entry, len(inner))
	for i, e := range inner {
		entries[i] = entryOf(e)
	}
	return entries
}

// Logf adds a line to the journal, the end of which is part of a failure's report. Newlines
// become spaces. Unlike t.Logf it writes nothing if the seed does not fail.
func (w *World) Logf(format string, args ...any) { w.in.Note("", 0, oneLine(format, args...)) }

func (w *World) noteHost(h *Host, format string, args ...any) {
	w.in.Note(h.name, 0, oneLine(format, args...))
}

func oneLine(format string, args ...any) string {
	return strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf(format, args...)), "\n", " ")
}
