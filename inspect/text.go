package inspect

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"
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
	fmt.Fprintf(t, "%d in flight, %d queued, %d stuck, %d done\n", r.InFlight, r.Queued, r.Stuck, r.Completed)
	fmt.Fprintf(t, "\nLOOP\tPHASE\tIN FLIGHT\tQUEUED\tTIMERS\tROUNDS\tLONGEST\tTIMER LAG\n")
	for _, l := range r.Loops {
		fmt.Fprintf(t, "%d\t%s\t%d\t%d\t%d\t%d\t%s\t%s\n", l.Loop, l.phaseText(), l.InFlight, l.Queued, l.Timers, l.Rounds, short(l.Longest), short(l.LagMost))
	}
	if len(r.Mounts) > 0 {
		fmt.Fprintf(t, "\nMOUNT\tTYPE\tSOURCE\tHEALTH\tRUNNING\tIN LINE\tSTUCK\tLOST\tOLDEST\tREFUSED\tLEFT\n")
	}
	for _, m := range r.Mounts {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%d\t%d\n", m.Mount, m.Type, m.Source, m.Health, m.Running, m.InLine, m.Stuck, m.Lost, span(m.Oldest), m.Refused, m.Left)
	}
	fmt.Fprintf(t, "\nAGE\tOPERATION\tSTATE\tFD\tLOOP\tSIZE\tLEFT\tTARGET\n")
	for _, o := range r.Operations {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", short(o.Age), o.Op, o.State, dash(o.FD), o.Loop, bytesText(uint64(o.Size)), span(o.Left), o.targetText())
	}
	if hidden := r.Listed - len(r.Operations); hidden > 0 {
		fmt.Fprintf(t, "and %d that the query leaves out\n", hidden)
	}
	fmt.Fprintf(t, "\nOPERATION\tUNDER WAY\tENDED\tFAILED\tCANCELED\tTIMED OUT\tBYTES\tP50\tP99\tMAX\n")
	for _, k := range r.Kinds {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", k.Op, k.UnderWay, k.Ended, k.Failed, k.Canceled, k.TimedOut,
			bytesText(k.Bytes), span(k.P50), span(k.P99), span(k.Most))
	}
}

func (r *IOReport) forcedText() string {
	if r.Forced == "" {
		return ""
	}
	return ", as " + r.Forced + " asks"
}

func (l *Loop) phaseText() string {
	if l.Stalled {
		return "STALLED in " + l.Phase + " for " + short(l.For)
	}
	return l.Phase
}

func (o *Operation) targetText() string {
	if o.Label == "" {
		return o.Target
	}
	return o.Target + " [" + o.Label + "]"
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
	return short(d)
}

// short is d with three digits at most.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d < 0:
		return "-" + short(-d)
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
