package inspect

import (
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// A Report is what the page shows, and what its JSON is. Text in it is printable: a path or a
// label that has control characters or is no UTF-8 is quoted as in Go.
type Report struct {
	Time    time.Time  `json:"time"`
	Program string     `json:"program"`
	PID     int        `json:"pid"`
	Go      string     `json:"go"`
	IOs     []IOReport `json:"ios"`
}

// An IOReport is what goes on in one IO.
type IOReport struct {
	Backend    string      `json:"backend"`           // "io_uring"
	Forced     string      `json:"forced,omitempty"`  // who asked for it: see proactor.Choice
	Refused    []Refused   `json:"refused,omitempty"` // what comes before it, and why that does not run
	System     string      `json:"system"`
	Setup      []string    `json:"setup,omitempty"`
	Missing    []string    `json:"missing,omitempty"`
	Queued     uint64      `json:"queued"`
	InFlight   uint64      `json:"in_flight"`
	Stuck      uint64      `json:"stuck"`
	Submitted  uint64      `json:"submitted"`
	Completed  uint64      `json:"completed"`
	Loops      []Loop      `json:"loops"`
	Operations []Operation `json:"operations"` // oldest first, unless the request says otherwise
	Listed     int         `json:"listed"`     // how many there were before the request's filters
	Kinds      []Kind      `json:"kinds"`
	Mounts     []Mount     `json:"mounts"` // that may hang, and had calls
}

// A Mount is a file system that waits for a server or a program. Oldest is in nanoseconds.
type Mount struct {
	Mount   string        `json:"mount"`
	Type    string        `json:"type"`
	Source  string        `json:"source"`
	Health  string        `json:"health"` // "well", "late", "refusing", "trying": see await.MountHealth
	Running int           `json:"running"`
	InLine  int           `json:"in_line"`
	Stuck   int           `json:"stuck"`
	Lost    int           `json:"lost"`
	Oldest  time.Duration `json:"oldest,omitempty"`
	Ended   uint64        `json:"ended"`
	Refused uint64        `json:"refused"`
	Left    uint64        `json:"left"`
}

// A Refused is a backend that does not run.
type Refused struct {
	Backend string `json:"backend"`
	Why     string `json:"why"`
}

// A Loop is one loop of an IO. Times are in nanoseconds.
type Loop struct {
	Loop     int           `json:"loop"`
	Phase    string        `json:"phase"`
	Stalled  bool          `json:"stalled"`
	For      time.Duration `json:"for,omitempty"` // how long it has stood still
	Rounds   uint64        `json:"rounds"`
	Longest  time.Duration `json:"longest"`
	TimerLag time.Duration `json:"timer_lag"`
	LagMost  time.Duration `json:"timer_lag_most"`
	Queued   int           `json:"queued"`
	InFlight int           `json:"in_flight"`
	Timers   int           `json:"timers"`
}

// An Operation is a call under way. Age and Left are in nanoseconds.
type Operation struct {
	Op     string        `json:"op"`
	State  string        `json:"state"`
	Target string        `json:"target"`
	Label  string        `json:"label,omitempty"`
	File   bool          `json:"file"`
	FD     int           `json:"fd"`
	Loop   int           `json:"loop"`
	Size   int           `json:"size"`
	Offset int64         `json:"offset"` // -1: none
	Age    time.Duration `json:"age"`
	Left   time.Duration `json:"left,omitempty"` // until its deadline; 0: none
}

// A Kind counts the operations of one kind. Times are in nanoseconds.
type Kind struct {
	Op       string        `json:"op"`
	UnderWay uint64        `json:"under_way"`
	Ended    uint64        `json:"ended"`
	Failed   uint64        `json:"failed"`
	Canceled uint64        `json:"canceled"`
	TimedOut uint64        `json:"timed_out"`
	Bytes    uint64        `json:"bytes"`
	P50      time.Duration `json:"p50"`
	P99      time.Duration `json:"p99"`
	Most     time.Duration `json:"max"`
	Octaves  []uint64      `json:"octaves"` // operations by how long they took: below 1, 2, 4 µs and so on, to 68 s and above
}

// report looks at the IOs, and keeps what q asks for.
func report(ios []*await.IO, q query, limit int) Report {
	r := Report{Time: time.Now(), Program: filepath.Base(os.Args[0]), PID: os.Getpid(), Go: runtime.Version()}
	for _, io := range ios {
		r.IOs = append(r.IOs, reportIO(io, q, limit))
	}
	return r
}

func reportIO(io *await.IO, q query, limit int) IOReport {
	chosen, stats := io.Choice(), io.Stats()
	r := IOReport{
		Backend: chosen.Backend, Forced: chosen.Forced, System: printable(chosen.System), Setup: chosen.Setup, Missing: chosen.Missing,
		Queued: stats.Queued, InFlight: stats.InFlight, Stuck: stats.Stuck, Submitted: stats.Submitted, Completed: stats.Completed,
		Loops: []Loop{}, Operations: []Operation{}, Kinds: []Kind{}, Mounts: []Mount{},
	}
	for _, refused := range chosen.Refused {
		r.Refused = append(r.Refused, Refused{refused.Backend, printable(refused.Err.Error())})
	}
	loops, now := io.Loops(), time.Now()
	for _, l := range loops {
		r.Loops = append(r.Loops, reportLoop(l, now))
	}
	operations, now := io.Operations(limit), time.Now()
	for _, o := range operations {
		r.Listed++
		if shown := reportOperation(o, now); q.wants(&shown) {
			r.Operations = append(r.Operations, shown)
		}
	}
	q.sort(r.Operations)
	for _, k := range io.Kinds() {
		r.Kinds = append(r.Kinds, reportKind(&k))
	}
	for _, m := range io.Mounts() {
		r.Mounts = append(r.Mounts, Mount{
			Mount: printable(m.Mount), Type: printable(m.Type), Source: printable(m.Source), Health: string(m.Health),
			Running: m.Running, InLine: m.InLine, Stuck: m.Stuck, Lost: m.Lost, Oldest: m.Oldest, Ended: m.Ended, Refused: m.Refused, Left: m.Left,
		})
	}
	return r
}

func reportLoop(l proactor.LoopState, now time.Time) Loop {
	shown := Loop{
		Loop: l.Loop, Phase: l.Phase, Stalled: l.Stalled, Rounds: l.Rounds, Longest: l.Longest, TimerLag: l.TimerLag, LagMost: l.LagMost,
		Queued: l.Queued, InFlight: l.InFlight, Timers: l.Timers,
	}
	if l.Stalled {
		shown.For = now.Sub(l.Since)
	}
	return shown
}

func reportOperation(o proactor.Operation, now time.Time) Operation {
	shown := Operation{
		Op: o.Op, State: string(o.State), Target: printable(o.Target), Label: printable(o.Label), File: o.File,
		FD: o.FD, Loop: o.Loop, Size: o.Size, Offset: o.Offset, Age: max(now.Sub(o.Since), 0),
	}
	if !o.Deadline.IsZero() {
		shown.Left = o.Deadline.Sub(now)
	}
	return shown
}

func reportKind(k *proactor.KindStats) Kind {
	shown := Kind{
		Op: k.Op, UnderWay: k.Begun - min(k.Ended, k.Begun), Ended: k.Ended, Failed: k.Failed, Canceled: k.Canceled, TimedOut: k.TimedOut, Bytes: k.Bytes,
		P50: k.Latency.Quantile(0.5), P99: k.Latency.Quantile(0.99), Most: k.Latency.Quantile(1),
	}
	bound := time.Duration(1024)
	n := uint64(0)
	for below, in := range k.Latency.Buckets() {
		if below > bound {
			shown.Octaves = append(shown.Octaves, n)
			n, bound = 0, 2*bound
		}
		n += in
	}
	shown.Octaves = append(shown.Octaves, n)
	return shown
}

// printable is s if a line of text can have it, and s quoted if not.
func printable(s string) string {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// A query is what a request asks for.
type query struct {
	format string        // "html", "json" or "text"
	op     string        // only this kind of operation
	find   string        // only what has this in its target, label, state or kind
	older  time.Duration // only what is older
	order  string        // one of orders; "": oldest first
}

// orders are what operations can be sorted by.
var orders = map[string]func(a, b *Operation) int{
	"age":    func(a, b *Operation) int { return cmp.Compare(b.Age, a.Age) },
	"op":     func(a, b *Operation) int { return cmp.Compare(a.Op, b.Op) },
	"state":  func(a, b *Operation) int { return cmp.Compare(a.State, b.State) },
	"target": func(a, b *Operation) int { return cmp.Compare(a.Target, b.Target) },
	"label":  func(a, b *Operation) int { return cmp.Compare(a.Label, b.Label) },
	"fd":     func(a, b *Operation) int { return cmp.Compare(a.FD, b.FD) },
	"loop":   func(a, b *Operation) int { return cmp.Compare(a.Loop, b.Loop) },
	"size":   func(a, b *Operation) int { return cmp.Compare(b.Size, a.Size) },
}

func (q query) wants(o *Operation) bool {
	if q.op != "" && o.Op != q.op || o.Age < q.older {
		return false
	}
	find := strings.ToLower(q.find)
	return slices.ContainsFunc([]string{o.Target, o.Label, o.State, o.Op}, func(s string) bool {
		return strings.Contains(strings.ToLower(s), find)
	})
}

func (q query) sort(all []Operation) {
	if by := orders[q.order]; by != nil {
		slices.SortStableFunc(all, func(a, b Operation) int { return by(&a, &b) })
	}
}
