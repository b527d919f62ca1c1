package plan

import (
	"fmt"
	"slices"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// files are package os and ours.
var files = []string{contender.OS, contender.Ring, contender.Epoll}

func fileRows() []Row {
	rows := []Row{
		reads(1, true), reads(16, true), reads(64, true), reads(256, true), reads(1, false), reads(64, false),
		coldReads(16), abandonableReads(16),
		appends(1), appends(64),
		logs(1, 1), logs(8, 2), logs(32, 4), logs(64, 4),
		{
			Name: "copy/sequential", Title: "a file of 64MiB copied by io.Copy, in the page cache",
			Note: "One operation is a MiB.",
			Spec: wire.Spec{Work: "copy", FileMiB: 64},
			Main: stats.Rate,
		},
		small(1), small(64),
		{
			Name: "blocked/10000", Title: "10000 blocked reads of files",
			Note: "FIFOs into which nobody writes, opened so that a read blocks; they stand for files on a device or a\n" +
				"network that takes its time. Package os is given leave to have more than 10000 threads, at which Go\n" +
				"ends a program otherwise.",
			Spec:  wire.Spec{Work: "blocked", Count: 10000},
			Main:  stats.Threads,
			Goals: []Goal{ratio(stats.Threads, false, 12)},
		},
	}
	for i := range rows {
		if rows[i].Contenders == nil {
			rows[i].Contenders = files
		}
		rows[i].Base = contender.OS
	}
	return rows
}

// reads are random ones of 4 KiB.
func reads(depth int, direct bool) Row {
	r := Row{
		Name:  fmt.Sprintf("read/cached%d", depth),
		Title: fmt.Sprintf("random reads of 4KiB from the page cache, %d at a time", depth),
		Spec:  wire.Spec{Work: "read", Depth: depth, Size: 4 << 10, FileMiB: 256, Direct: direct},
		Main:  stats.Rate,
	}
	if direct {
		r.Name = fmt.Sprintf("read/direct%d", depth)
		r.Title = fmt.Sprintf("random reads of 4KiB with O_DIRECT, %d at a time", depth)
	}
	r.Contenders = slices.Concat(files, []string{contender.Fio})
	switch {
	case direct && depth == 64:
		r.Goals = []Goal{
			ratio(stats.Rate, true, 0.95, contender.Fio),
			ratio(stats.CPU, false, 1.15, contender.Fio),
			noAllocations,
		}
	case !direct && depth == 1:
		r.Goals = []Goal{ratio(stats.Time, false, 2, contender.OS), noAllocations}
	}
	return r
}

// coldReads are of what the page cache does not have.
func coldReads(depth int) Row {
	return Row{
		Name:  fmt.Sprintf("read/cold%d", depth),
		Title: fmt.Sprintf("random reads of 4KiB that the page cache does not have, %d at a time", depth),
		Note:  "posix_fadvise(2) has the cache forget the file; no block is read twice before all have been.",
		Full:  true,
		Spec:  wire.Spec{Work: "read", Depth: depth, Size: 4 << 10, FileMiB: 256, Cold: true},
		Main:  stats.Rate,
	}
}

// abandonableReads are of a file whose calls may be abandoned.
func abandonableReads(depth int) Row {
	return Row{
		Name:  fmt.Sprintf("read/abandonable%d", depth),
		Title: fmt.Sprintf("random reads of 4KiB of an abandonable file in the page cache, %d at a time", depth),
		Note:  "Ours copies each through a buffer that the kernel may keep; package os can abandon nothing.",
		Full:  true,
		Spec:  wire.Spec{Work: "read", Depth: depth, Size: 4 << 10, FileMiB: 256, Abandon: true},
		Main:  stats.Rate,
	}
}

// appends are records that are on the device before the call returns.
func appends(depth int) Row {
	r := Row{
		Name:  fmt.Sprintf("append/%d", depth),
		Title: fmt.Sprintf("appends of 512B to one file, each synced, %s", plural(depth, "writer")),
		Note:  "A writer takes the next place in the file, writes and syncs: WriteAt and Sync, or WriteAtSync.",
		Spec:  wire.Spec{Work: "append", Depth: depth, Size: 512},
		Main:  stats.Rate,
	}
	if depth == 64 {
		r.Goals = []Goal{ratio(stats.Rate, true, 1.5, contender.OS)}
	}
	return r
}

// logs are appends to a file opened with O_APPEND.
func logs(depth int, times float64) Row {
	return Row{
		Name:  fmt.Sprintf("log/%d", depth),
		Title: fmt.Sprintf("records of 512B appended to one log, each synced, %s", plural(depth, "writer")),
		Note:  "The file is opened with O_APPEND: Write and Sync, or AppendSync.",
		Spec:  wire.Spec{Work: "log", Depth: depth, Size: 512},
		Main:  stats.Rate,
		Goals: []Goal{ratio(stats.Rate, true, times, contender.OS)},
	}
}

func small(depth int) Row {
	return Row{
		Name:  fmt.Sprintf("stat/%d", depth),
		Title: fmt.Sprintf("open, stat and close of small files, %d at a time", depth),
		Spec:  wire.Spec{Work: "stat", Depth: depth, Count: 2000},
		Main:  stats.Rate,
		Goals: []Goal{ratio(stats.Rate, true, 1.05, contender.OS)},
	}
}
