//go:build unix

package lawstest

import (
	"bytes"
	"syscall"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// onFiles reads, writes, syncs or looks at a file.
func (l *schedule) onFiles() {
	switch l.chance.IntN(6) {
	case 0, 1:
		l.readFile()
	case 2, 3:
		l.writeFile()
	case 4:
		f := &operation{name: "fsync", thing: l.out}
		l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
			return l.p.Fsync(c, l.out.fd, pick(l, 0, proactor.FsyncDataOnly), callback)
		})
	default:
		l.statFile()
	}
}

func (l *schedule) readFile() {
	t := pick(l, l.file, l.file, l.stuck)
	f := &operation{name: "read", thing: t, buf: make([]byte, 1+l.chance.IntN(500))}
	at := l.chance.IntN(knownSize + 500)
	f.end = func(f *operation) {
		if f.r.Err != nil || t == l.stuck {
			return
		}
		left := knownSize - at
		if n := f.r.N; n > len(f.buf) || n > max(left, 0) || n == 0 && left > 0 ||
			!bytes.Equal(f.buf[:n], testutil.FileContents(at, n)) {
			l.errorf("read of %d bytes at %d of %d: %d, or other bytes", len(f.buf), at, knownSize, n)
		}
	}
	l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		if l.chance.IntN(2) == 0 {
			return l.p.ReadV(c, t.fd, l.pieces(f.buf), int64(at), callback)
		}
		return l.p.Read(c, t.fd, f.buf, int64(at), callback)
	})
}

func (l *schedule) writeFile() {
	const slotSize = 100
	at := len(l.writes) * slotSize
	data := testutil.FileContents(l.chance.IntN(1000), 1+l.chance.IntN(slotSize))
	f := &operation{name: "write", thing: l.out, buf: bytes.Clone(data), legal: []syscall.Errno{syscall.EIO}}
	l.writes = append(l.writes, write{at: at})
	i := len(l.writes) - 1
	f.end = func(f *operation) {
		if f.r.N > len(data) || f.r.Err == nil && f.r.N != len(data) {
			l.errorf("write of %d bytes: %d, %v", len(data), f.r.N, f.r.Err)
			return
		}
		l.writes[i].data = data[:f.r.N]
	}
	l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		switch l.chance.IntN(3) {
		case 0:
			return l.p.WriteV(c, l.out.fd, l.pieces(f.buf), int64(at), callback)
		case 1:
			return l.p.WriteSync(c, l.out.fd, f.buf, int64(at), pick(l, 0, proactor.FsyncDataOnly), callback)
		}
		return l.p.Write(c, l.out.fd, f.buf, int64(at), callback)
	})
}

// pieces are buf as several buffers, of which some may be empty.
func (l *schedule) pieces(buf []byte) (pieces [][]byte) {
	for len(buf) > 0 {
		n := l.chance.IntN(len(buf) + 1)
		pieces, buf = append(pieces, buf[:n]), buf[n:]
	}
	return pieces
}

func (l *schedule) statFile() {
	var st proactor.Stat
	f := &operation{name: "statx", thing: l.file}
	f.end = func(f *operation) {
		if f.r.Err == nil && st.Size != knownSize {
			l.errorf("statx: a size of %d, want %d", st.Size, knownSize)
		}
	}
	l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		return l.p.Statx(c, proactor.AtCWD, "/file", 0, 0, &st, callback)
	})
}
