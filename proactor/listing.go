package proactor

import (
	"cmp"
	"slices"
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// A listing is what a survey has found, in the order of age.
type listing struct {
	p       *Proactor
	records []record
	order   []alarm.Entry[int] // of records; stalledPlace is the loop itself
	stalled time.Time          // since when it does not answer
	epoch   int64              // of the proactor's clock, in Unix time
}

const stalledPlace = -1

// list makes a survey. Surveys come one after the other, since they mark what they have found.
func (p *Proactor) list(limit int) *listing {
	p.watch.surveying.Lock()
	defer p.watch.surveying.Unlock()
	p.watch.surveys++
	stats := p.Stats()
	underWay := int(min(stats.Submitted-stats.Completed, 1<<16))
	s := &survey{
		p: p, limit: limit, id: p.watch.surveys,
		records: make([]record, 0, min(underWay, limit)), copied: make([]alarm.Entry[*Completion], 0, min(underWay, timersMax)),
	}
	answered := p.ask(s.step)
	s.mu.Lock() // a loop that has not answered may do so now
	defer s.mu.Unlock()
	s.dropped = true
	l := &listing{p: p, records: s.records, epoch: p.epoch.UnixNano()}
	l.sort()
	if since := p.watch.asked.since.Load(); !answered && since != 0 { // otherwise it has answered meanwhile
		l.insertStalled(since)
	}
	return l
}

func (l *listing) sort() {
	l.order = make([]alarm.Entry[int], len(l.records), len(l.records)+1)
	for i := range l.records {
		l.order[i] = alarm.Entry[int]{When: l.records[i].since, Of: i}
	}
	slices.SortFunc(l.order, func(a, b alarm.Entry[int]) int { return cmp.Or(cmp.Compare(a.When, b.When), a.Of-b.Of) })
}

// insertStalled adds an entry for the loop itself, which does not answer.
func (l *listing) insertStalled(since int64) {
	l.stalled = l.p.timeOf(since)
	at, _ := slices.BinarySearchFunc(l.order, since, func(e alarm.Entry[int], since int64) int { return cmp.Compare(e.When, since+1) })
	l.order = slices.Insert(l.order, at, alarm.Entry[int]{When: since, Of: stalledPlace})
}

func (l *listing) Len() int { return len(l.order) }

func (l *listing) Since(i int) int64 { return l.epoch + l.order[i].When }

// Fill puts the operation at i in words, in op, a *Operation.
func (l *listing) Fill(i int, op any) {
	at := l.order[i].Of
	if at == stalledPlace {
		*op.(*Operation) = Operation{Op: "loop", State: StateStalled, Target: l.p.phase(), FD: -1, Offset: -1, Since: l.stalled}
		return
	}
	l.p.describe(&l.records[at], op.(*Operation))
}

// describe turns r into an Operation.
func (p *Proactor) describe(r *record, o *Operation) {
	*o = Operation{Op: opKindName(r.opKind), State: r.state, FD: r.fd, Size: r.size, Offset: r.offset, Since: p.timeOf(r.since)}
	if r.owner != nil {
		o.Target, o.Label = r.owner.Name()
		o.File = r.owner.IsFile()
	}
	if d := r.detail; d != nil {
		o.File = o.File || d.path != ""
		o.Target = cmp.Or(o.Target, d.path, d.peer())
	}
	o.File = o.File || r.offset >= 0
	if r.when != 0 {
		o.Deadline = p.timeOf(r.when)
	}
	if r.ctx != nil {
		o.Deadline, o.Labels = backend.Earlier(o.Deadline, hook.Deadline(r.ctx)), hook.Labels(r.ctx)
	}
}

// peer returns the address of d, or "" if it has none.
func (d *recordDetail) peer() string {
	switch {
	case d.addr == nil:
		return ""
	case sockaddr.IsUnix(d.addr):
		return sockaddr.UnixName(d.addr)
	}
	return sockaddr.AddrPort(d.addr).String()
}
