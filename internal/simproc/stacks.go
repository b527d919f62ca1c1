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

	Creator Frame // whose go statement it began with; none for the first
	Text    string
}

// A Frame is a call under way.
type Frame struct {
	Func string
	Args []uint64
	Sure bool // the first of Args is what the call was given; else it may be what a register had later
	File string
	Line int
}

var (
	headerLine = regexp.MustCompile(`^goroutine (\d+)(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[([^\],]*)(.*)\]( \{.*\})?:$`)
	bubbleMark = regexp.MustCompile(`, synctest bubble (\d+)`)
	labelPair  = regexp.MustCompile(labelWord + `: ?` + labelWord)
	callLine   = regexp.MustCompile(`^(\S.*?)\(([^()]*)\)$`)
	placeLine  = regexp.MustCompile(`^\t(.*):(\d+)(?: \+0x[0-9a-f]+)?`)
	hexNumber  = regexp.MustCompile(`0x[0-9a-f]+`)
)

// The labels of Go 1.26 are within the brackets, after labelsMark, and quoted. Those of 1.27 come
// after the brackets, and a word is quoted only if it has to be.
const (
	labelsMark = " labels:"
	labelWord  = `("(?:[^"\\]|\\.)*"|[^\s",:{}]+)`
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
	g.State, _, _ = strings.Cut(g.State, labelsMark)
	if _, labels, ok := strings.Cut(header[2]+header[3], labelsMark); ok {
		g.Labels = parseLabels(labels)
	}
	if labels := header[4]; labels != "" {
		g.Labels = parseLabels(labels)
	}
	lines := strings.Split(text, "\n")[1:]
	g.Frames = parseFrames(lines)
	g.Creator = parseCreator(lines)
	return g
}

func parseLabels(text string) map[string]string {
	labels := map[string]string{}
	for _, pair := range labelPair.FindAllStringSubmatch(text, -1) {
		labels[unquote(pair[1])] = unquote(pair[2])
	}
	return labels
}

// unquote is a word of labels without the quotes that it may have.
func unquote(word string) string {
	if plain, err := strconv.Unquote(word); err == nil {
		return plain
	}
	return word
}

func parseFrames(lines []string) (frames []Frame) {
	for i := 0; i+1 < len(lines); i++ {
		position := placeLine.FindStringSubmatch(lines[i+1])
		if position == nil || strings.HasPrefix(lines[i], "\t") || strings.HasPrefix(lines[i], createdBy) {
			continue
		}
		f := Frame{Func: lines[i], File: position[1]}
		f.Line, _ = strconv.Atoi(position[2])
		if call := callLine.FindStringSubmatch(lines[i]); call != nil {
			f.Func = call[1]
			first, _, _ := strings.Cut(call[2], ",")
			f.Sure = first != "" && !strings.HasSuffix(first, "?")
			for _, n := range hexNumber.FindAllString(call[2], -1) {
				arg, _ := strconv.ParseUint(n[2:], 16, 64)
				f.Args = append(f.Args, arg)
			}
		}
		frames = append(frames, f)
	}
	return frames
}

// createdBy begins the line before the last.
const createdBy = "created by "

func parseCreator(lines []string) (f Frame) {
	if len(lines) < 2 {
		return f
	}
	name, ok := strings.CutPrefix(lines[len(lines)-2], createdBy)
	position := placeLine.FindStringSubmatch(lines[len(lines)-1])
	if !ok || position == nil {
		return f
	}
	f.Func, _, _ = strings.Cut(name, " in goroutine ")
	f.File = position[1]
	f.Line, _ = strconv.Atoi(position[2])
	return f
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
