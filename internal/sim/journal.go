//go:build unix

package sim

import (
	"fmt"
	"time"
)

// An Entry is a line of the journal.
type Entry struct {
	At    time.Duration // since the World's beginning
	Host  string        // whom it befell; "" for all
	Fault FaultID       // the fault it is, 0 for none
	Text  string
}

// String is the entry as a line.
func (e Entry) String() string {
	s := fmt.Sprintf("%14.6f", e.At.Seconds())
	if e.Host != "" {
		s += " " + e.Host
	}
	s += " " + e.Text
	if e.Fault != 0 {
		s += " [" + e.Fault.String() + "]"
	}
	return s
}

// Note adds a line to the journal: of a host, or "", and with the number of the fault
// that it is, or 0.
func (w *World) Note(host string, fault FaultID, text string) {
	w.enter()
	defer w.leave()
	w.note(host, fault, text)
}

func (w *World) note(host string, fault FaultID, text string) {
	e := Entry{time.Duration(w.now), host, fault, text}
	w.journal = append(w.journal, e)
	w.opt.Watch.Noted(e)
	if w.opt.Trace != nil {
		w.tracef("%s %s", host, text)
	}
}

func (h *Host) note(fault FaultID, text string) {
	if !h.quiet {
		h.w.note(h.name, fault, text)
	}
}

// Quieten keeps what befalls the host out of the journal.
func (h *Host) Quieten() {
	h.w.enter()
	defer h.w.leave()
	h.quiet = true
}

// Journal is what has happened so far, in order.
func (w *World) Journal() []Entry {
	w.enter()
	defer w.leave()
	return append([]Entry(nil), w.journal...)
}
