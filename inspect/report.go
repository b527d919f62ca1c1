package inspect

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/words"
	"github.com/awaitio/awaitio/proactor"
)

// A Report is the content of the page, and of its JSON. Its text is printable: a path or a label
// that has control characters or is not UTF-8 is quoted as in Go.
type Report struct {
	Time    time.Time  `json:"time"`
	Program string     `json:"program"`
	PID     int        `json:"pid"`
	Go      string     `json:"go"`
	IOs     []IOReport `json:"ios"`
}

// An IOReport is the state of one IO.
type IOReport struct {
	Backend    string      `json:"backend"`           // "io_uring"
	Forced     string      `json:"forced,omitempty"`  // who asked for it: see proactor.Choice
	Refused    []Refused   `json:"refused,omitempty"` // what comes before it, and why that does not run
	System     string      `json:"system"`
	Setup      []string    `json:"setup,omitempty"`
	Missing    []string    `json:"missing,omitempty"`
	Queued     uint64      `json:"queued"`
	InFlight   uint64      `json:"in_flight"`
	Stuck      uint64      `json:"stuck"` // with those of the mounts
	Files      Files       `json:"files"`
	Submitted  uint64      `json:"submitted"`
	Completed  uint64      `json:"completed"`
	Loops      []Loop      `json:"loops"`
	Operations []Operation `json:"operations"` // oldest first, unless the request says otherwise
	Listed     int         `json:"listed"`     // how many there were before the request's filters
	Kinds      []Kind      `json:"kinds"`
	Mounts     []Mount     `json:"mounts"` // that may hang, and had calls
}

// Files has the counts of proactor.Stats for calls on files and paths. Left, Late and Refused are
// totals; the others are current values.
type Files struct {
	Left         uint64 `json:"left"`
	Late         uint64 `json:"late"`
	Refused      uint64 `json:"refused"`
	Held         uint64 `json:"held"`
	LentBytes    uint64 `json:"lent_bytes"`
	MountThreads uint64 `json:"mount_threads"`
	Lost         uint64 `json:"lost"`
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

	Handover      time.Duration `json:"handover"`
	HandoverMost  time.Duration `json:"handover_most"`
	Workers       int           `json:"workers"`
	WorkersInLine int           `json:"workers_in_line"`
	WorkersMost   int           `json:"workers_most"`
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

	Mount  string            `json:"mount,omitempty"`  // of a file
	Labels map[string]string `json:"labels,omitempty"` // of the call's context
	Thread int               `json:"thread,omitempty"` // that began it
	Wchan  string            `json:"wchan,omitempty"`  // where in the kernel that waits
}

// details is what else is known of an operation, in a line: "in request_wait_answer, thread 4711,
// tenant=blue, on /mnt/a".
func (o *Operation) details() string {
	var all []string
	if o.Wchan != "" {
		all = append(all, "in "+o.Wchan)
	}
	if o.Thread != 0 {
		all = append(all, "thread "+strconv.Itoa(o.Thread))
	}
	for _, key := range slices.Sorted(maps.Keys(o.Labels)) {
		all = append(all, key+"="+o.Labels[key])
	}
	if o.Mount != "" {
		all = append(all, "on "+o.Mount)
	}
	return strings.Join(all, ", ")
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
		Backend: chosen.Backend, Forced: chosen.Forced, System: words.Printable(chosen.System), Setup: chosen.Setup, Missing: chosen.Missing,
		Queued: stats.Queued, InFlight: stats.InFlight, Stuck: stats.Stuck, Submitted: stats.Submitted, Completed: stats.Completed,
		Files: Files{stats.Left, stats.Late, stats.Refused, stats.Held, stats.LentBytes, stats.MountThreads, stats.Lost},
		Loops: []Loop{}, Operations: []Operation{}, Kinds: []Kind{}, Mounts: []Mount{},
	}
	for _, refused := range chosen.Refused {
		r.Refused = append(r.Refused, Refused{refused.Backend, words.Printable(refused.Err.Error())})
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
		r.Stuck += uint64(m.Stuck + m.Lost)
		r.Mounts = append(r.Mounts, Mount{
			Mount: words.Printable(m.Mount), Type: words.Printable(m.Type), Source: words.Printable(m.Source), Health: string(m.Health),
			Running: m.Running, InLine: m.InLine, Stuck: m.Stuck, Lost: m.Lost, Oldest: m.Oldest, Ended: m.Ended, Refused: m.Refused, Left: m.Left,
		})
	}
	return r
}

func reportLoop(l proactor.LoopState, now time.Time) Loop {
	shown := Loop{
		Loop: l.Loop, Phase: l.Phase, Stalled: l.Stalled, Rounds: l.Rounds, Longest: l.Longest, TimerLag: l.TimerLag, LagMost: l.LagMost,
		Queued: l.Queued, InFlight: l.InFlight, Timers: l.Timers, Handover: l.Handover, HandoverMost: l.HandoverMost,
		Workers: l.Workers, WorkersInLine: l.WorkersInLine, WorkersMost: l.WorkersMost,
	}
	if l.Stalled {
		shown.For = now.Sub(l.Since)
	}
	return shown
}

func reportOperation(o proactor.Operation, now time.Time) Operation {
	shown := Operation{
		Op: o.Op, State: string(o.State), Target: words.Printable(o.Target), Label: words.Printable(o.Label), File: o.File,
		FD: o.FD, Loop: o.Loop, Size: o.Size, Offset: o.Offset, Age: max(now.Sub(o.Since), 0),
		Mount: words.Printable(o.Mount), Thread: o.Thread, Wchan: words.Printable(o.Wchan),
	}
	for key, value := range o.Labels {
		if shown.Labels == nil {
			shown.Labels = make(map[string]string)
		}
		shown.Labels[words.Printable(key)] = words.Printable(value)
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
	return slices.ContainsFunc([]string{o.Target, o.Label, o.State, o.Op, o.details()}, func(s string) bool {
		return strings.Contains(strings.ToLower(s), find)
	})
}

func (q query) sort(all []Operation) {
	if by := orders[q.order]; by != nil {
		slices.SortStableFunc(all, func(a, b Operation) int { return by(&a, &b) })
	}
}
