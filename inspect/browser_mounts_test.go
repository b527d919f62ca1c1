//go:build linux

package inspect

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// trouble is a report in which all that can be told is told, and long.
func trouble() Report {
	deep := "/mnt/backup/" + strings.Repeat("a-directory-with-a-long-name/", 6) + "file.parquet"
	operations := []Operation{
		{Op: "stat", State: "left", Target: deep, File: true, FD: -1, Offset: -1, Age: 192 * time.Second, Mount: "/mnt/backup", Thread: 4711, Wchan: "request_wait_answer",
			Labels: map[string]string{"tenant": "blue", "request": "GET /reports/2026/11"}},
		{Op: "read", State: "running", Target: "/var/lib/db/000123.sst", Label: "compaction", File: true, FD: 17, Size: 1 << 20, Offset: 1 << 40, Age: 12 * time.Second, Left: 30 * time.Second, Mount: "/var/lib/db", Thread: 4712, Wchan: "folio_wait_bit_common"},
		{Op: "open", State: "in line", Target: "/mnt/backup/x", File: true, FD: -1, Offset: -1, Age: 2 * time.Second, Left: 80 * time.Millisecond, Mount: "/mnt/backup"},
		{Op: "recv", State: "in flight", Target: "tcp [2001:db8:85a3:8d3:1319:8a2e:370:7348]:443->[2001:db8:85a3::8a2e:370:7334]:51734", Label: "client 17", FD: 33, Loop: 1, Size: 32 << 10, Offset: -1, Age: 2 * time.Hour},
	}
	loops := []Loop{
		{Loop: 0, Phase: "kernel", Stalled: true, For: 7 * time.Second, Rounds: 123456789, Longest: 80 * time.Millisecond, TimerLag: time.Millisecond, LagMost: time.Second, Queued: 12, InFlight: 1024, Timers: 900, Handover: 20 * time.Microsecond, HandoverMost: 40 * time.Millisecond, Workers: 3, WorkersInLine: 9, WorkersMost: 64},
		{Loop: 1, Phase: "parked", Rounds: 12, Longest: time.Microsecond, InFlight: 1},
	}
	return Report{Time: time.Unix(1_800_000_000, 0), Program: "collector", PID: 4710, Go: "go1.26", IOs: []IOReport{{
		Backend: "epoll", System: "Linux 6.18.0", Stuck: 17, InFlight: 1025, Queued: 12, Completed: 987654321, Listed: len(operations), Loops: loops, Operations: operations,
		Refused: []Refused{{"io_uring", "io_uring_setup: operation not permitted: a seccomp filter forbids it, as those of Docker and containerd do"}},
		Files:   Files{Left: 40, Late: 120, Refused: 9097, Held: 2, LentBytes: 48 << 20, MountThreads: 17, Lost: 1},
		Kinds:   []Kind{{Op: "stat", UnderWay: 16, Ended: 12345, Failed: 12, Canceled: 40, TimedOut: 3, P50: 7 * time.Microsecond, P99: time.Millisecond, Most: time.Second, Octaves: []uint64{0, 0, 9, 4, 1, 0, 0, 0, 0, 1}}},
		Mounts: []Mount{
			{Mount: "/mnt/backup", Type: "nfs4", Source: "storage-17.example.internal:/export/backup", Health: "refusing", Stuck: 16, Lost: 1, InLine: 3, Oldest: 192 * time.Second, Ended: 4000, Refused: 9097, Left: 40},
			{Mount: "/home", Type: "nfs4", Source: "storage-1:/home", Health: "well", Running: 2, Ended: 12},
		},
	}}}
}

// A page full of trouble fits a phone and a wide screen, and what is cut off can be scrolled to.
func TestPageOfTroubleFits(t *testing.T) {
	b := openBrowser(t)
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = writePage(w, query{}, trouble()) // a browser that is gone tells by itself
	}))
	for _, width := range []int{360, 1280, 1920} {
		for _, scheme := range []string{"light", "dark"} {
			b.show(server.URL, width, scheme)
			if excess := b.eval(`document.documentElement.scrollWidth - innerWidth`); excess != "0" {
				t.Errorf("at %d px the page is %s px too wide", width, excess)
			}
			b.screenshot(fmt.Sprintf("trouble-%d-%s", width, scheme))
		}
	}
	if n := b.eval(`[...document.querySelectorAll(".scroll")].filter(e => e.scrollWidth > e.clientWidth).length`); n != "0" {
		t.Errorf("at 1920 px %s tables are cut off", n)
	}
	wantIn(t, b.eval(`document.body.innerText`), "/mnt/backup does not answer: 16 calls stuck", "storage-17.example.internal", "epoll runs in place of io_uring",
		"in request_wait_answer, thread 4711", "tenant=blue", "48.0 MiB lent", "17 threads for mounts, 1 lost", "2 held past their end", "3+9 of 64")
	b.wantAtHome(server.URL)
}
