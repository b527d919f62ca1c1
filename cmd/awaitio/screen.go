package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/awaitio/awaitio/inspect"
	"github.com/awaitio/awaitio/internal/words"
)

// What a terminal is told (ECMA-48; ctlseqs of xterm).
const (
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	home        = "\x1b[H"
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
	bold        = "\x1b[1m"
	faint       = "\x1b[2m"
	red         = "\x1b[31m"
	yellow      = "\x1b[33m"
	plainStyle  = "\x1b[0m"
)

// orders are what s switches between.
var orders = []string{"age", "kind", "state", "size"}

// A screen is what is shown, and how the keys have changed that.
type screen struct {
	report  inspect.Report
	err     error
	paused  bool
	order   int
	skip    int // operations that are scrolled past
	columns int
	lines   int
}

// watch draws what source tells until ctx ends or q is pressed.
func watch(ctx context.Context, source *source, terminal *os.File, every time.Duration) error {
	restore, err := rawMode(os.Stdin)
	if err != nil {
		return err
	}
	defer restore()
	fmt.Fprint(terminal, enterScreen)
	defer fmt.Fprint(terminal, leaveScreen)
	keys := make(chan byte)
	go readKeys(keys) // until the process ends: nothing ends a read of a terminal
	tick := time.NewTicker(every)
	defer tick.Stop()
	s := &screen{}
	for {
		if !s.paused {
			s.report, s.err = source.report(ctx)
		}
		s.columns, s.lines = size(terminal)
		fmt.Fprint(terminal, s.draw())
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case key := <-keys:
			if !s.press(key) {
				return nil
			}
		}
	}
}

func readKeys(to chan<- byte) {
	key := make([]byte, 1)
	for {
		if n, err := os.Stdin.Read(key); n == 0 || err != nil {
			return
		}
		to <- key[0]
	}
}

// press does what a key says, and reports whether to go on.
func (s *screen) press(key byte) bool {
	switch key {
	case 'q', 3: // ^C, which raw mode does not make a signal
		return false
	case 'p', ' ':
		s.paused = !s.paused
	case 's':
		s.order = (s.order + 1) % len(orders)
	case 'j':
		s.skip++
	case 'k':
		s.skip = max(s.skip-1, 0)
	}
	return true
}

// draw is the whole screen, as it is to be written.
func (s *screen) draw() string {
	var all []string
	all = append(all, bold+fmt.Sprintf("%s  process %d  %s", plain(s.report.Program), s.report.PID, s.report.Time.Format("15:04:05"))+plainStyle+
		faint+"  q quit  p pause  s sort ("+orders[s.order]+")  jk scroll"+plainStyle+map[bool]string{true: yellow + "  paused" + plainStyle}[s.paused])
	if s.err != nil {
		all = append(all, red+plain(s.err.Error())+plainStyle)
	}
	for i := range s.report.IOs {
		all = append(all, s.io(&s.report.IOs[i])...)
	}
	var b strings.Builder
	b.WriteString(home)
	for i, line := range all[:min(len(all), max(s.lines-1, 1))] {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(cut(line, s.columns) + plainStyle + clearLine)
	}
	b.WriteString(clearBelow)
	return b.String()
}

// io are the lines of one IO.
func (s *screen) io(r *inspect.IOReport) []string {
	lines := []string{"", bold + plain(r.Backend) + plainStyle + fmt.Sprintf("  %s  %d in flight  %d queued  %d stuck  %d done", plain(r.System), r.InFlight, r.Queued, r.Stuck, r.Completed)}
	for _, refused := range r.Refused {
		lines = append(lines, s.wrap(yellow, plain("not "+refused.Backend+": "+refused.Why))...)
	}
	for _, l := range r.Loops {
		if l.Stalled {
			lines = append(lines, s.wrap(red, fmt.Sprintf("loop %d has stood still for %s in %s", l.Loop, words.Short(l.For), plain(l.Phase)))...)
		}
	}
	for _, m := range r.Mounts {
		if trouble := m.Trouble(); trouble != "" {
			lines = append(lines, s.wrap(red, plain(fmt.Sprintf("%s (%s of %s)", trouble, m.Type, m.Source)))...)
		}
	}
	s.sort(r.Operations)
	shown := r.Operations[min(s.skip, len(r.Operations)):]
	rows := [][]string{{"AGE", "OPERATION", "STATE", "FD", "LOOP", "TARGET"}}
	for _, o := range shown {
		rows = append(rows, []string{age(o.Age), o.Op, o.State, number(o.FD), fmt.Sprint(o.Loop), o.Where()})
	}
	styles := []string{faint}
	for _, o := range shown {
		styles = append(styles, style(o))
	}
	lines = append(append(lines, ""), table(rows, styles)...)
	kinds := [][]string{{"OPERATION", "UNDER WAY", "ENDED", "FAILED", "P50", "P99", "MAX"}}
	for _, k := range r.Kinds {
		kinds = append(kinds, []string{k.Op, fmt.Sprint(k.UnderWay), fmt.Sprint(k.Ended), fmt.Sprint(k.Failed), age(k.P50), age(k.P99), age(k.Most)})
	}
	return append(append(lines, ""), table(kinds, []string{faint})...)
}

func (s *screen) sort(all []inspect.Operation) {
	slices.SortStableFunc(all, func(a, b inspect.Operation) int {
		switch orders[s.order] {
		case "kind":
			return cmp.Compare(a.Op, b.Op)
		case "state":
			return cmp.Compare(a.State, b.State)
		case "size":
			return cmp.Compare(b.Size, a.Size)
		}
		return cmp.Compare(b.Age, a.Age)
	})
}

// style is how an operation's line looks.
func style(o inspect.Operation) string {
	switch {
	case o.State == "stalled" || o.State == "left" || o.File && o.Age >= 10*time.Second:
		return red
	case o.File && o.Age >= time.Second:
		return yellow
	}
	return ""
}

// table aligns rows, and gives each its style.
func table(rows [][]string, styles []string) []string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = plain(cell) // the program may be of an enemy
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush() // into memory
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i := range lines[:min(len(lines), len(styles))] {
		lines[i] = styles[i] + lines[i]
	}
	return lines
}

// number is n, or a dash for none.
func number(n int) string {
	if n < 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

// age is d, short, or a dash for none.
func age(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return words.Short(d)
}

// wrap parts text, which is what a reader must not miss, into lines of the screen's width, between words
// where there are some.
func (s *screen) wrap(style, text string) (lines []string) {
	width := max(s.columns, 1)
	for rest := []rune(text); len(rest) > 0; {
		n := min(width, len(rest))
		if n < len(rest) && rest[n] != ' ' {
			for at := n - 1; at > 0; at-- {
				if rest[at] == ' ' {
					n = at
					break
				}
			}
		}
		lines = append(lines, style+string(rest[:n]))
		rest = []rune(strings.TrimLeft(string(rest[n:]), " "))
	}
	return lines
}

// cut is line as far as it goes into a number of columns. A sequence that begins with escape
// takes none.
func cut(line string, columns int) string {
	width := 0
	for i := 0; i < len(line); {
		if line[i] == '\x1b' {
			i += max(strings.IndexByte(line[i:], 'm'), 0) + 1
			continue
		}
		if width++; width > columns {
			return line[:i]
		}
		_, size := utf8.DecodeRuneInString(line[i:])
		i += size
	}
	return line
}
