package main

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// A bar is the progress for terminals.
type bar struct {
	all   *mpb.Progress
	bytes *mpb.Bar
	files atomic.Int64
}

func newBar(w io.Writer, p *plan) *bar {
	b := &bar{all: mpb.New(mpb.WithOutput(w), mpb.WithWidth(60))}
	// A bar without a total does not end by itself when all bytes are there: files
	// are still to be synced then.
	b.bytes = b.all.AddBar(0,
		mpb.PrependDecorators(
			decor.Any(func(decor.Statistics) string {
				return fmt.Sprintf("%d/%d files ", b.files.Load(), len(p.files))
			}),
			decor.Any(func(s decor.Statistics) string {
				return formatBytes(s.Current) + " of " + formatBytes(s.Total)
			}),
		),
		mpb.AppendDecorators(
			decor.Percentage(decor.WC{W: 5}),
			decor.AverageSpeed(decor.SizeB1024(0), " %.1f"),
			decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 8}),
		),
	)
	b.bytes.SetTotal(p.bytes, false)
	return b
}

func (b *bar) add(bytes int64) { b.bytes.IncrInt64(bytes) }
func (b *bar) file()           { b.files.Add(1) }

// note prints a line above the bar.
func (b *bar) note(line string) { fmt.Fprintln(b.all, line) }

func (b *bar) close() {
	b.bytes.Abort(true) // no more comes, whether all did or not; the summary takes its place
	b.all.Wait()
}
