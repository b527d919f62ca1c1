package inspect

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/awaitio/awaitio/internal/words"
)

// WriteText writes r for a terminal.
func (r Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintf(t, "%s, process %d, %s, %s\n", r.Program, r.PID, r.Go, r.Time.Format(time.RFC3339))
	for i := range r.IOs {
		r.IOs[i].writeText(t)
	}
	return t.Flush()
}

func (r *IOReport) writeText(t io.Writer) {
	fmt.Fprintf(t, "\n%s on %s%s\n", r.Backend, r.System, r.forcedText())
	for _, refused := range r.Refused {
		fmt.Fprintf(t, "not %s: %s\n", refused.Backend, refused.Why)
	}
	r.writeTroubles(t)
	fmt.Fprintf(t, "%d in flight, %d queued, %d stuck, %d done\n", r.InFlight, r.Queued, r.Stuck, r.Completed)
	if f := r.Files; f != (Files{}) {
		fmt.Fprintf(t, "files: %d left, %d late, %d refused, %d held, %s lent, %d threads for mounts, %d lost\n",
			f.Left, f.Late, f.Refused, f.Held, bytesText(f.LentBytes), f.MountThreads, f.Lost)
	}
	r.writeLoops(t)
	r.writeMounts(t)
	r.writeOperations(t)
	r.writeKinds(t)
}

func (r *IOReport) writeLoops(t io.Writer) {
	fmt.Fprintf(t, "\nLOOP\tPHASE\tIN FLIGHT\tQUEUED\tTIMERS\tROUNDS\tLONGEST\tTIMER LAG\tHANDOVER\tWORKERS\n")
	for _, l := range r.Loops {
		fmt.Fprintf(t, "%d\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", l.Loop, l.phaseText(), l.InFlight, l.Queued, l.Timers, l.Rounds,
			words.Short(l.Longest), words.Short(l.LagMost), span(l.HandoverMost), l.workersText())
	}
}

func (r *IOReport) writeMounts(t io.Writer) {
	if len(r.Mounts) == 0 {
		return
	}
	fmt.Fprintf(t, "\nMOUNT\tTYPE\tSOURCE\tHEALTH\tRUNNING\tIN LINE\tSTUCK\tLOST\tOLDEST\tREFUSED\tLEFT\n")
	for _, m := range r.Mounts {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%d\t%d\n", m.Mount, m.Type, m.Source, m.Health, m.Running, m.InLine,
			m.Stuck, m.Lost, span(m.Oldest), m.Refused, m.Left)
	}
}

func (r *IOReport) writeOperations(t io.Writer) {
	fmt.Fprintf(t, "\nAGE\tOPERATION\tSTATE\tFD\tLOOP\tSIZE\tENDS IN\tTARGET\n")
	for _, o := range r.Operations {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", words.Short(o.Age), o.Op, o.State, dash(o.FD), o.Loop,
			bytesText(uint64(o.Size)), span(o.Left), o.Where())
	}
	if hidden := r.Listed - len(r.Operations); hidden > 0 {
		fmt.Fprintf(t, "and %d that the query leaves out\n", hidden)
	}
}

func (r *IOReport) writeKinds(t io.Writer) {
	fmt.Fprintf(t, "\nOPERATION\tUNDER WAY\tENDED\tFAILED\tCANCELED\tTIMED OUT\tBYTES\tP50\tP99\tMAX\n")
	for _, k := range r.Kinds {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", k.Op, k.UnderWay, k.Ended, k.Failed, k.Canceled, k.TimedOut,
			bytesText(k.Bytes), span(k.P50), span(k.P99), span(k.Most))
	}
}

// writeTroubles writes a line for each loop that stands still, and for each mount that does not answer.
func (r *IOReport) writeTroubles(t io.Writer) {
	for _, l := range r.Loops {
		if l.Stalled {
			fmt.Fprintf(t, "loop %d has stood still for %s in %s: all its calls wait\n", l.Loop, words.Short(l.For), l.Phase)
		}
	}
	for _, m := range r.Mounts {
		if trouble := m.Trouble(); trouble != "" {
			fmt.Fprintf(t, "%s (%s of %s)\n", trouble, m.Type, m.Source)
		}
	}
}

// Trouble says that a mount does not answer, how many calls are stuck, and since when. For a mount that
// answers it returns "".
func (m *Mount) Trouble() string {
	switch {
	case m.Health == "well":
		return ""
	case m.Stuck == 0:
		return m.Mount + " does not answer"
	}
	return fmt.Sprintf("%s does not answer: %d calls stuck, the oldest for %s", m.Mount, m.Stuck, words.Short(m.Oldest))
}

func (r *IOReport) forcedText() string {
	if r.Forced == "" {
		return ""
	}
	return ", " + words.Forced(r.Forced)
}

func (l *Loop) phaseText() string {
	if l.Stalled {
		return "STALLED in " + l.Phase + " for " + words.Short(l.For)
	}
	return l.Phase
}

// Where returns what o is on, in a line: its target, its label in brackets, and what else is known in
// parentheses.
func (o *Operation) Where() string {
	text := o.Target
	if o.Label != "" {
		text += " [" + o.Label + "]"
	}
	if where := o.details(); where != "" {
		text += " (" + where + ")"
	}
	return text
}

// workersText is "3+9 of 64": 3 workers run, 9 operations wait for one, and at most 64 have run at once.
func (l *Loop) workersText() string {
	if l.WorkersMost == 0 {
		return "-"
	}
	return fmt.Sprintf("%d+%d of %d", l.Workers, l.WorkersInLine, l.WorkersMost)
}

// dash is n, or a dash for none.
func dash(n int) string {
	if n < 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

// span is d, or a dash where there is none.
func span(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return words.Short(d)
}

// bytesText is n bytes in powers of 1024.
func bytesText(n uint64) string {
	if n < 1024 {
		return strconv.FormatUint(n, 10)
	}
	x, i := float64(n)/1024, 0
	for ; x >= 1024 && i < len(byteUnits)-1; i++ {
		x /= 1024
	}
	return strconv.FormatFloat(x, 'f', 1, 64) + " " + byteUnits[i]
}

var byteUnits = [...]string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
