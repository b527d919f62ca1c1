//go:build race && unix

package await

import (
	"bytes"
	"context"
	"errors"
	goio "io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// These tests are for the race detector: a report of it fails them.

// A passing is a byte on its way from one goroutine to another.
type passing struct {
	send    func() error
	receive func() error
}

// check has one goroutine write before it sends, and this one read after it received.
// Nothing else orders the two.
func (p passing) check(t *testing.T) {
	t.Helper()
	written := 0
	sent := make(chan error, 1)
	go func() {
		written = 1
		sent <- p.send()
	}()
	err, seen := p.receive(), 0
	checks++
	inStackOf(checks, func() { seen = written })
	if seen != 1 || err != nil {
		t.Errorf("received, with an error of %v, and %d was written before", err, written)
	}
	must(t, receive(t, sent, "end of the send"))
}

// checks counts. The detector reports the same two stacks but once in a process, so
// that each check needs its own.
var checks int

// inStackOf calls f in a stack that depth tells from others.
func inStackOf(depth int, f func()) {
	if depth > 0 {
		inStackOf(depth-1, f)
		return
	}
	f()
}

func failure(_ int, err error) error { return err }

var oneByte = []byte("x")

// A plainFD is the other end, by package syscall's own calls.
type plainFD int

func (fd plainFD) send() error { return failure(syscall.Write(int(fd), oneByte)) }

func (fd plainFD) receive() error { return failure(syscall.Read(int(fd), make([]byte, 8))) }

// pairWithNet returns a connection of ours, and its other end, which is package net's.
func pairWithNet(t *testing.T, io *IO, network string) (*Conn, net.Conn) {
	t.Helper()
	l := listenOn(t, io, network)
	theirs, err := outside.Dial(network, l.Addr().String())
	must(t, err)
	t.Cleanup(func() { theirs.Close() })
	ours, err := l.AcceptContext(background)
	must(t, err)
	t.Cleanup(func() { ours.Close() })
	return ours, theirs
}

// packetsWithNet is pairWithNet for sockets that send datagrams.
func packetsWithNet(t *testing.T, io *IO) (*PacketConn, *net.UDPConn) {
	t.Helper()
	ours := packetsOn(t, io, "udp4")
	theirs, err := net.DialUDP("udp4", nil, ours.LocalAddr().(*net.UDPAddr))
	must(t, err)
	t.Cleanup(func() { theirs.Close() })
	return ours, theirs
}

// pipeWithOS returns an end of a pipe that is ours, and the other, package os's.
func pipeWithOS(t *testing.T, io *IO, weWrite bool) (*File, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	must(t, err)
	ours, theirs := r, w
	if weWrite {
		ours, theirs = w, r
	}
	t.Cleanup(func() { theirs.Close() })
	f, err := io.AdoptFile(ours)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f, theirs
}

// fileWithOS opens a file of one zero twice, as ours and as package os's.
func fileWithOS(t *testing.T, io *IO, config FileConfig, flag int) (*File, *os.File) {
	t.Helper()
	name := filepath.Join(tempDir(t), "file")
	must(t, outside.WriteFile(name, []byte{0}, 0o600))
	theirs, err := os.OpenFile(name, os.O_RDWR, 0)
	must(t, err)
	t.Cleanup(func() { theirs.Close() })
	config.IO = io
	ours, err := config.Open(background, name, os.O_RDWR|flag, 0)
	must(t, err)
	t.Cleanup(func() { ours.Close() })
	return ours, theirs
}

// untilRead repeats a read until it gets what is not zero.
func untilRead(read func(p []byte) error) func() error {
	return func() error {
		for p := make([]byte, 1); ; {
			if err := read(p); err != nil || p[0] != 0 {
				return err
			}
		}
	}
}

// lastOf is the last byte of f, by package os.
func lastOf(f *os.File) func(p []byte) error {
	return func(p []byte) error {
		b := make([]byte, 8)
		n, err := f.ReadAt(b, 0)
		if n > 0 {
			p[0] = b[n-1]
		}
		if err == goio.EOF {
			err = nil
		}
		return err
	}
}

// onIO runs a table of tests, each with an IO of its own.
func onIO(t *testing.T, tests map[string]func(t *testing.T, io *IO) passing) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			test(t, io).check(t)
		})
	}
}

func TestWritesHappenBeforeConnReads(t *testing.T) {
	p := make([]byte, 8)
	for name, read := range map[string]func(c *Conn) error{
		"Read": func(c *Conn) error { return failure(c.Read(p)) },
		"ReadContext": func(c *Conn) error {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			return failure(c.ReadContext(ctx, p))
		},
		"goio.ReadAll": func(c *Conn) error { return failure(goio.ReadFull(c, p[:1])) },
		"WriteTo": func(c *Conn) error {
			_, err := c.WriteTo(writerFunc(func(p []byte) (int, error) { return len(p), goio.ErrClosedPipe }))
			if errors.Is(err, goio.ErrClosedPipe) {
				err = nil
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			onIO(t, map[string]func(t *testing.T, io *IO) passing{
				"net": func(t *testing.T, io *IO) passing {
					ours, theirs := pairWithNet(t, io, "tcp4")
					return passing{func() error { return failure(theirs.Write(oneByte)) }, func() error { return read(ours) }}
				},
				"ours": func(t *testing.T, io *IO) passing {
					ours, theirs := pairOn(t, io, "unix")
					return passing{func() error { return failure(theirs.Write(oneByte)) }, func() error { return read(ours) }}
				},
			})
		})
	}
	onIO(t, map[string]func(t *testing.T, io *IO) passing{
		"ReadMsgUnix": func(t *testing.T, io *IO) passing {
			ours, theirs := pairWithNet(t, io, "unix")
			return passing{
				func() error { return failure(theirs.Write(oneByte)) },
				func() error { _, _, _, _, err := ours.ReadMsgUnix(p, nil); return err },
			}
		},
	})
}

// A writerFunc is an io.Writer.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestConnWritesHappenBeforeReads(t *testing.T) {
	for name, write := range map[string]func(c *Conn) error{
		"Write": func(c *Conn) error { return failure(c.Write(oneByte)) },
		"WriteContext": func(c *Conn) error {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			return failure(c.WriteContext(ctx, oneByte))
		},
		"WriteBuffers": func(c *Conn) error {
			_, err := c.WriteBuffers(&net.Buffers{oneByte, oneByte})
			return err
		},
		"ReadFrom": func(c *Conn) error {
			_, err := c.ReadFrom(bytes.NewReader(oneByte))
			return err
		},
		"Broadcast": func(c *Conn) error {
			_, failed := Broadcast(background, oneByte, []*Conn{c})
			return failed[0]
		},
	} {
		t.Run(name, func(t *testing.T) {
			onIO(t, map[string]func(t *testing.T, io *IO) passing{
				"net": func(t *testing.T, io *IO) passing {
					ours, theirs := pairWithNet(t, io, "tcp4")
					return passing{func() error { return write(ours) }, func() error { return failure(theirs.Read(make([]byte, 1))) }}
				},
			})
		})
	}
	onIO(t, map[string]func(t *testing.T, io *IO) passing{
		"WriteMsgUnix": func(t *testing.T, io *IO) passing {
			ours, theirs := pairWithNet(t, io, "unix")
			return passing{
				func() error { _, _, err := ours.WriteMsgUnix(oneByte, nil, nil); return err },
				func() error { return failure(theirs.Read(make([]byte, 1))) },
			}
		},
	})
}

func TestWritesHappenBeforeReceivesOnDescriptors(t *testing.T) {
	p := make([]byte, 8)
	message := func() *proactor.Message { return &proactor.Message{Buffers: [][]byte{p[:0], p}} }
	const long = time.Hour
	for name, recv := range map[string]func(io *IO, fd int) error{
		"Recv":               func(io *IO, fd int) error { return failure(io.Recv(background, fd, p, 0)) },
		"RecvWithTimeout":    func(io *IO, fd int) error { return failure(io.RecvWithTimeout(background, fd, p, 0, long)) },
		"RecvMsg":            func(io *IO, fd int) error { return failure(io.RecvMsg(background, fd, message(), 0)) },
		"RecvMsgWithTimeout": func(io *IO, fd int) error { return failure(io.RecvMsgWithTimeout(background, fd, message(), 0, long)) },
		"Read":               func(io *IO, fd int) error { return failure(io.Read(background, fd, p, proactor.CurrentPosition)) },
		"Poll": func(io *IO, fd int) error {
			return errors.Join(failure(io.Poll(background, fd, unix.POLLIN)), failure(io.Recv(background, fd, p, 0)))
		},
		"a part with MSG_WAITALL": func(io *IO, fd int) error {
			for {
				n, err := io.RecvWithTimeout(background, fd, p, unix.MSG_WAITALL, time.Millisecond)
				if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
					return nil
				}
			}
		},
		"future of Recv":    func(io *IO, fd int) error { return failure(io.Async().Recv(fd, p, 0).Await(background)) },
		"future of RecvMsg": func(io *IO, fd int) error { return failure(io.Async().RecvMsg(fd, message(), 0).Await(background)) },
		"future of Read":    func(io *IO, fd int) error { return failure(io.Async().Read(fd, p, -1).Await(background)) },
		"Done": func(io *IO, fd int) error {
			f := io.Async().Recv(fd, p, 0)
			<-f.Done()
			return nil
		},
		"All": func(io *IO, fd int) error { return All(background, io.Async().Recv(fd, p, 0), io.Async().Nop()) },
		"Race": func(io *IO, fd int) error {
			return failure(Race(background, io.Async().Recv(fd, p, 0), io.Async().Sleep(long)))
		},
	} {
		onIO(t, map[string]func(t *testing.T, io *IO) passing{
			name: func(t *testing.T, io *IO) passing {
				a, b := socketPair(t)
				return passing{plainFD(a).send, func() error { return recv(io, b) }}
			},
		})
	}
}

func TestSendsOnDescriptorsHappenBeforeReads(t *testing.T) {
	message := &proactor.Message{Buffers: [][]byte{oneByte, oneByte}}
	const long = time.Hour
	for name, send := range map[string]func(io *IO, fd int) error{
		"Send":               func(io *IO, fd int) error { return failure(io.Send(background, fd, oneByte, 0)) },
		"SendWithTimeout":    func(io *IO, fd int) error { return failure(io.SendWithTimeout(background, fd, oneByte, 0, long)) },
		"SendMsg":            func(io *IO, fd int) error { return failure(io.SendMsg(background, fd, message, 0)) },
		"SendMsgWithTimeout": func(io *IO, fd int) error { return failure(io.SendMsgWithTimeout(background, fd, message, 0, long)) },
		"Write": func(io *IO, fd int) error {
			return failure(io.Write(background, fd, oneByte, proactor.CurrentPosition))
		},
		"future of Send":    func(io *IO, fd int) error { return failure(io.Async().Send(fd, oneByte, 0).Await(background)) },
		"future of SendMsg": func(io *IO, fd int) error { return failure(io.Async().SendMsg(fd, message, 0).Await(background)) },
		"future of Write":   func(io *IO, fd int) error { return failure(io.Async().Write(fd, oneByte, -1).Await(background)) },
		"All":               func(io *IO, fd int) error { return All(background, io.Async().Send(fd, oneByte, 0), io.Async().Nop()) },
	} {
		onIO(t, map[string]func(t *testing.T, io *IO) passing{
			name: func(t *testing.T, io *IO) passing {
				a, b := socketPair(t)
				return passing{func() error { return send(io, a) }, plainFD(b).receive}
			},
		})
	}
}

func TestWritesHappenBeforeDatagramsAreRead(t *testing.T) {
	p := make([]byte, 8)
	for name, read := range map[string]func(c *PacketConn) error{
		"Read":                func(c *PacketConn) error { return failure(c.Read(p)) },
		"ReadFrom":            func(c *PacketConn) error { _, _, err := c.ReadFrom(p); return err },
		"ReadFromUDP":         func(c *PacketConn) error { _, _, err := c.ReadFromUDP(p); return err },
		"ReadFromUDPAddrPort": func(c *PacketConn) error { _, _, err := c.ReadFromUDPAddrPort(p); return err },
		"ReadMsgUDP":          func(c *PacketConn) error { _, _, _, _, err := c.ReadMsgUDP(p, nil); return err },
		"ReadBatch":           func(c *PacketConn) error { return failure(c.ReadBatch([]Datagram{{Buffers: [][]byte{p}}})) },
	} {
		onIO(t, map[string]func(t *testing.T, io *IO) passing{
			name: func(t *testing.T, io *IO) passing {
				ours, theirs := packetsWithNet(t, io)
				return passing{func() error { return failure(theirs.Write(oneByte)) }, func() error { return read(ours) }}
			},
		})
	}
}

func TestDatagramWritesHappenBeforeReads(t *testing.T) {
	for name, write := range map[string]func(c *PacketConn, to *net.UDPAddr) error{
		"WriteTo":    func(c *PacketConn, to *net.UDPAddr) error { return failure(c.WriteTo(oneByte, to)) },
		"WriteToUDP": func(c *PacketConn, to *net.UDPAddr) error { return failure(c.WriteToUDP(oneByte, to)) },
		"WriteToUDPAddrPort": func(c *PacketConn, to *net.UDPAddr) error {
			return failure(c.WriteToUDPAddrPort(oneByte, to.AddrPort()))
		},
		"WriteMsgUDP": func(c *PacketConn, to *net.UDPAddr) error { _, _, err := c.WriteMsgUDP(oneByte, nil, to); return err },
		"WriteBatch": func(c *PacketConn, to *net.UDPAddr) error {
			return failure(c.WriteBatch([]Datagram{{Buffers: [][]byte{oneByte}, Addr: to}}))
		},
	} {
		onIO(t, map[string]func(t *testing.T, io *IO) passing{
			name: func(t *testing.T, io *IO) passing {
				ours, theirs := packetsWithNet(t, io)
				to := theirs.LocalAddr().(*net.UDPAddr)
				return passing{func() error { return write(ours, to) }, func() error { return failure(theirs.Read(make([]byte, 1))) }}
			},
		})
	}
}

func TestUnixDatagramWritesHappenBeforeReads(t *testing.T) {
	onIO(t, map[string]func(t *testing.T, io *IO) passing{
		"WriteTo": func(t *testing.T, io *IO) passing {
			ours, theirs := packetsOn(t, io, "unixgram"), packetsOn(t, io, "unixgram")
			f, err := theirs.File()
			must(t, err)
			t.Cleanup(func() { f.Close() })
			return passing{
				func() error { return failure(ours.WriteTo(oneByte, theirs.LocalAddr())) },
				func() error { return failure(f.Read(make([]byte, 1))) },
			}
		},
	})
}

func TestWritesHappenBeforeFileReads(t *testing.T) {
	onIO(t, map[string]func(t *testing.T, io *IO) passing{
		"Read of a pipe": func(t *testing.T, io *IO) passing {
			ours, theirs := pipeWithOS(t, io, false)
			return passing{func() error { return failure(theirs.Write(oneByte)) }, func() error { return failure(ours.Read(make([]byte, 1))) }}
		},
		"WriteTo of a pipe": func(t *testing.T, io *IO) passing {
			ours, theirs := pipeWithOS(t, io, false)
			return passing{
				func() error { return errors.Join(failure(theirs.Write(oneByte)), theirs.Close()) },
				func() error { _, err := ours.WriteTo(new(bytes.Buffer)); return err },
			}
		},
	})
	for name, read := range map[string]func(io *IO, f *File, p []byte) error{
		"ReadAt": func(_ *IO, f *File, p []byte) error { return failure(f.ReadAt(p, 0)) },
		"ReadAtContext": func(_ *IO, f *File, p []byte) error {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			return failure(f.ReadAtContext(ctx, p, 0))
		},
		"Read": func(_ *IO, f *File, p []byte) error {
			_, err := f.Seek(0, goio.SeekStart)
			return errors.Join(err, failure(f.Read(p)))
		},
		"ReadVAt": func(_ *IO, f *File, p []byte) error { return failure(f.ReadVAt(background, [][]byte{p}, 0)) },
		"ReadAtBatch": func(_ *IO, f *File, p []byte) error {
			return f.ReadAtBatch(background, []FileRange{{Buf: p}})
		},
		"ReadFile": func(io *IO, f *File, p []byte) error {
			b, err := io.ReadFile(f.Name())
			copy(p, b)
			return err
		},
	} {
		for kind, config := range map[string]FileConfig{"": {}, " lending always": {Lending: LendAlways}} {
			onIO(t, map[string]func(t *testing.T, io *IO) passing{
				name + kind: func(t *testing.T, io *IO) passing {
					ours, theirs := fileWithOS(t, io, config, 0)
					return passing{
						func() error { return failure(theirs.WriteAt(oneByte, 0)) },
						untilRead(func(p []byte) error { return read(io, ours, p) }),
					}
				},
			})
		}
	}
}

func TestFileWritesHappenBeforeReads(t *testing.T) {
	onIO(t, map[string]func(t *testing.T, io *IO) passing{
		"Write to a pipe": func(t *testing.T, io *IO) passing {
			ours, theirs := pipeWithOS(t, io, true)
			return passing{func() error { return failure(ours.Write(oneByte)) }, func() error { return failure(theirs.Read(make([]byte, 1))) }}
		},
		"ReadFrom to a pipe": func(t *testing.T, io *IO) passing {
			ours, theirs := pipeWithOS(t, io, true)
			return passing{
				func() error { _, err := ours.ReadFrom(bytes.NewReader(oneByte)); return err },
				func() error { return failure(theirs.Read(make([]byte, 1))) },
			}
		},
		"AppendSync": func(t *testing.T, io *IO) passing {
			ours, theirs := fileWithOS(t, io, FileConfig{}, os.O_APPEND)
			return passing{func() error { return failure(ours.AppendSync(background, oneByte)) }, untilRead(lastOf(theirs))}
		},
		"WriteFile": func(t *testing.T, io *IO) passing {
			ours, theirs := fileWithOS(t, io, FileConfig{}, 0)
			return passing{func() error { return io.WriteFile(ours.Name(), oneByte, 0) }, untilRead(lastOf(theirs))}
		},
	})
	for name, write := range map[string]func(f *File) error{
		"WriteAt":      func(f *File) error { return failure(f.WriteAt(oneByte, 0)) },
		"Write":        func(f *File) error { return failure(f.Write(oneByte)) },
		"WriteVAt":     func(f *File) error { return failure(f.WriteVAt(background, [][]byte{oneByte}, 0)) },
		"WriteAtSync":  func(f *File) error { return failure(f.WriteAtSync(background, oneByte, 0)) },
		"WriteAtBatch": func(f *File) error { return f.WriteAtBatch(background, []FileRange{{Buf: oneByte}}) },
	} {
		for kind, config := range map[string]FileConfig{"": {}, " lending always": {Lending: LendAlways}} {
			onIO(t, map[string]func(t *testing.T, io *IO) passing{
				name + kind: func(t *testing.T, io *IO) passing {
					ours, theirs := fileWithOS(t, io, config, 0)
					return passing{func() error { return write(ours) }, untilRead(lastOf(theirs))}
				},
			})
		}
	}
}

// TestFileCopiesHappenBeforeReads copies from one file to another, which the kernel
// may do by itself: what was written before either end is seen after the other.
func TestFileCopiesHappenBeforeReads(t *testing.T) {
	onIO(t, map[string]func(t *testing.T, io *IO) passing{
		"to": func(t *testing.T, io *IO) passing {
			from, theirs := fileWithOS(t, io, FileConfig{}, 0)
			must(t, failure(theirs.WriteAt(oneByte, 0)))
			to, other := fileWithOS(t, io, FileConfig{}, 0)
			return passing{func() error { _, err := to.ReadFrom(from); return err }, untilRead(lastOf(other))}
		},
		"from": func(t *testing.T, io *IO) passing {
			from, theirs := fileWithOS(t, io, FileConfig{}, 0)
			to, _ := fileWithOS(t, io, FileConfig{}, 0)
			_, err := from.Seek(1, goio.SeekStart)
			must(t, err)
			return passing{func() error { return failure(theirs.WriteAt(oneByte, 1)) }, func() error {
				for {
					if n, err := to.ReadFrom(from); n > 0 || err != nil {
						return err
					}
				}
			}}
		},
	})
}

// races are races, whose reports must stay.
var races = map[string]func(t *testing.T, io *IO, written *int) passing{
	"written after the send": func(t *testing.T, io *IO, written *int) passing {
		ours, theirs := pairWithNet(t, io, "tcp4")
		return passing{
			func() error { _, err := ours.Write(oneByte); *written = 1; return err },
			func() error { return failure(theirs.Read(make([]byte, 1))) },
		}
	},
	"a receive does not release": func(t *testing.T, io *IO, written *int) passing {
		ours, theirs := pairWithNet(t, io, "tcp4")
		must(t, failure(theirs.Write(oneByte)))
		a, b := socketPair(t)
		must(t, plainFD(a).send())
		return passing{
			func() error { *written = 1; return failure(ours.Read(make([]byte, 1))) },
			plainFD(b).receive,
		}
	},
	"a send does not acquire": func(t *testing.T, io *IO, written *int) passing {
		ours, theirs := pairWithNet(t, io, "tcp4")
		return passing{
			func() error { *written = 1; return failure(theirs.Write(oneByte)) },
			func() error { return failure(ours.Write(oneByte)) },
		}
	},
	"a receive of what a third has sent": func(t *testing.T, io *IO, written *int) passing {
		ours, theirs := pairWithNet(t, io, "tcp4")
		must(t, failure(theirs.Write(oneByte)))
		return passing{
			func() error { *written = 1; return nil },
			func() error { return failure(ours.Read(make([]byte, 1))) },
		}
	},
	"the buffer of a receive": func(t *testing.T, io *IO, _ *int) passing {
		ours, theirs := pairWithNet(t, io, "tcp4")
		must(t, failure(theirs.Write(oneByte)))
		p := make([]byte, 1)
		return passing{func() error { p[0] = 'y'; return nil }, func() error { return failure(ours.Read(p)) }}
	},
	"the buffer of a send": func(t *testing.T, io *IO, _ *int) passing {
		ours, _ := pairWithNet(t, io, "tcp4")
		p := make([]byte, 1)
		return passing{func() error { p[0] = 'y'; return nil }, func() error { return failure(ours.Write(p)) }}
	},
	"a buffer of a message": func(t *testing.T, io *IO, _ *int) passing {
		ours, _ := pairWithNet(t, io, "tcp4")
		p := make([]byte, 1)
		return passing{
			func() error { p[0] = 'y'; return nil },
			func() error { _, err := ours.WriteBuffers(&net.Buffers{oneByte, p}); return err },
		}
	},
	"the buffer of a file": func(t *testing.T, io *IO, _ *int) passing {
		f, _ := fileWithOS(t, io, FileConfig{}, 0)
		p := make([]byte, 1)
		return passing{func() error { p[0] = 'y'; return nil }, func() error { return failure(f.ReadAt(p, 0)) }}
	},
}

// TestRacesAreReported has a child of the test make each of races.
func TestRacesAreReported(t *testing.T) {
	const isChild = "AWAITIO_RACES"
	for name, race := range races {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			if os.Getenv(isChild) != "" {
				makeRace(t, race)
				return
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
			cmd.Env = append(os.Environ(), isChild+"=1")
			out, err := cmd.CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte("WARNING: DATA RACE")) {
				t.Errorf("no race was reported: %v\n%s", err, out)
			}
		})
	}
}

func makeRace(t *testing.T, race func(t *testing.T, io *IO, written *int) passing) {
	io := open(t, Config{})
	written := 0
	p := race(t, io, &written)
	sent := make(chan error, 1)
	go func() { sent <- p.send() }()
	must(t, p.receive())
	t.Logf("%d was written", written)
	must(t, receive(t, sent, "end of the send"))
}
