package simproc

import (
	"regexp"
	"strconv"
	"strings"
)

// A Goroutine is one of those that a stack trace shows.
type Goroutine struct {
	ID     int
	State  string // "sync.Mutex.Lock", without what follows in the trace
	Bubble int    // 0: in none
	Idle   bool   // durably blocked, as the bubble sees it
	Labels map[string]string
	Frames []Frame // the innermost first
	Text   string
}

// A Frame is a call under way.
type Frame struct {
	Func string
	Args []uint64
	File string
	Line int
}

var (
	headerLine = regexp.MustCompile(`^goroutine (\d+)(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[([^\],]*)(.*)\]:$`)
	bubbleMark = regexp.MustCompile(`, synctest bubble (\d+)`)
	labelsMark = regexp.MustCompile(`labels:\{(.*)\}`)
	labelPair  = regexp.MustCompile(`("(?:[^"\\]|\\.)*"): ?("(?:[^"\\]|\\.)*")`)
	callLine   = regexp.MustCompile(`^(\S.*?)\(([^()]*)\)$`)
	placeLine  = regexp.MustCompile(`^\t(.*):(\d+)(?: \+0x[0-9a-f]+)?`)
	hexNumber  = regexp.MustCompile(`0x[0-9a-f]+`)
)

// ParseStacks reads what Stacks or a dying process wrote.
func ParseStacks(text string) (all []Goroutine) {
	for block := range strings.SplitSeq(text, "\n\n") {
		first, _, _ := strings.Cut(strings.TrimLeft(block, "\n"), "\n")
		if m := headerLine.FindStringSubmatch(first); m != nil {
			all = append(all, parseGoroutine(m, strings.Trim(block, "\n")))
		}
	}
	return all
}

func parseGoroutine(header []string, text string) Goroutine {
	g := Goroutine{Text: text, Labels: map[string]string{}}
	g.ID, _ = strconv.Atoi(header[1])
	g.State = strings.TrimSuffix(header[2], " (durable)")
	g.Idle = g.State != header[2]
	if m := bubbleMark.FindStringSubmatch(header[3]); m != nil {
		g.Bubble, _ = strconv.Atoi(m[1])
	}
	if m := labelsMark.FindStringSubmatch(header[2] + header[3]); m != nil {
		g.Labels = parseLabels(m[1])
		g.State, _, _ = strings.Cut(g.State, " labels:")
	}
	g.Frames = parseFrames(strings.Split(text, "\n")[1:])
	return g
}

func parseLabels(text string) map[string]string {
	labels := map[string]string{}
	for _, pair := range labelPair.FindAllStringSubmatch(text, -1) {
		key, err := strconv.Unquote(pair[1])
		value, err2 := strconv.Unquote(pair[2])
		if err == nil && err2 == nil {
			labels[key] = value
		}
	}
	return labels
}

func parseFrames(lines []string) (frames []Frame) {
	for i := 0; i+1 < len(lines); i++ {
		position := placeLine.FindStringSubmatch(lines[i+1])
		if position == nil || strings.HasPrefix(lines[i], "\t") || strings.HasPrefix(lines[i], "created by ") {
			continue
		}
		f := Frame{Func: lines[i], File: position[1]}
		f.Line, _ = strconv.Atoi(position[2])
		if call := callLine.FindStringSubmatch(lines[i]); call != nil {
			f.Func = call[1]
			for _, n := range hexNumber.FindAllString(call[2], -1) {
				arg, _ := strconv.ParseUint(n[2:], 16, 64)
				f.Args = append(f.Args, arg)
			}
		}
		frames = append(frames, f)
	}
	return frames
}

// lastBubble is the bubble that was made last among those of all.
func lastBubble(all []Goroutine) int {
	last := 0
	for i := range all {
		last = max(last, all[i].Bubble)
	}
	return last
}

// inBubble are those of the last bubble.
func inBubble(all []Goroutine) (in []Goroutine) {
	last := lastBubble(all)
	for _, g := range all {
		if last > 0 && g.Bubble == last {
			in = append(in, g)
		}
	}
	return in
}
