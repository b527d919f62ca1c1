//go:build unix

package simdisk

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A small write to a file that is synced now and then.
func BenchmarkWrite(b *testing.B) {
	r := newRig(b, Config{Model: Ext4})
	f := r.open("log", unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND)
	p := make([]byte, 100)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, errno := f.Write(p, -1); errno != 0 {
			b.Fatal(errno)
		}
		if i%100 == 99 {
			r.ok(f.Sync(true))
		}
		if i%1e6 == 0 {
			r.ok(f.Truncate(0))
		}
	}
}

// A small write, and a sync after each.
func BenchmarkWriteAndSync(b *testing.B) {
	r := newRig(b, Config{Model: Ext4})
	f := r.open("log", unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND)
	p := make([]byte, 100)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, errno := f.Write(p, -1); errno != 0 {
			b.Fatal(errno)
		}
		r.ok(f.Sync(true))
		if i%1e6 == 0 {
			r.ok(f.Truncate(0))
		}
	}
}

// An image of a disk of 1 MB of which ten sectors are unsynced.
func BenchmarkCrashImage(b *testing.B) {
	r := newRig(b, Config{})
	r.settle("data", string(make([]byte, 1<<20)))
	for i := range int64(10) {
		r.put("data", i*100_000, "overwritten")
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range r.CrashImages(100) {
			n++
		}
		b.ReportMetric(float64(n), "images")
	}
}
