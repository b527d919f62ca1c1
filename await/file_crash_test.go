//go:build unix

package await

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	goio "io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// A record has a mark, its writer, its number, the length of what follows, that, and a
// sum of all.
var recordMark = []byte("awaitrec")

func newRecord(writer, number int) []byte {
	p := bytes.Clone(recordMark)
	p = binary.LittleEndian.AppendUint32(p, uint32(writer))
	p = binary.LittleEndian.AppendUint32(p, uint32(number))
	body := (writer*7919 + number*104729) % 9000
	p = binary.LittleEndian.AppendUint32(p, uint32(body))
	p = append(p, bytes.Repeat([]byte{byte(writer + number)}, body)...)
	return binary.LittleEndian.AppendUint32(p, crc32.ChecksumIEEE(p))
}

// readRecords finds the numbers of the whole records of each writer, in their order.
func readRecords(data []byte) map[int][]int {
	got := make(map[int][]int)
	for len(data) >= 24 {
		if writer, number, size, ok := parseRecord(data); ok {
			got[writer] = append(got[writer], number)
			data = data[size:]
			continue
		}
		next := bytes.Index(data[1:], recordMark)
		if next < 0 {
			break
		}
		data = data[1+next:]
	}
	return got
}

func parseRecord(data []byte) (writer, number, size int, ok bool) {
	size = 24 + int(binary.LittleEndian.Uint32(data[16:]))
	if !bytes.HasPrefix(data, recordMark) || size > len(data) {
		return 0, 0, 0, false
	}
	sum := binary.LittleEndian.Uint32(data[size-4:])
	if sum != crc32.ChecksumIEEE(data[:size-4]) {
		return 0, 0, 0, false
	}
	return int(binary.LittleEndian.Uint32(data[8:])), int(binary.LittleEndian.Uint32(data[12:])), size, true
}

var crashLog = flag.String("crashlog", "", "append to this file until killed")

// TestAcknowledgedRecordsOutliveTheProcess kills a process in the middle of its
// writing. Every record whose call had returned is there, whole and in the order of its
// writer.
func TestAcknowledgedRecordsOutliveTheProcess(t *testing.T) {
	if *crashLog != "" {
		appendUntilKilled(t, *crashLog)
	}
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for i := range rounds {
		path := filepath.Join(tempDir(t), fmt.Sprint("log", i))
		acknowledged := killWriters(t, path, time.Duration(50+40*i)*time.Millisecond)
		data, err := outside.ReadFile(path)
		must(t, err)
		checkRecords(t, readRecords(data), acknowledged)
	}
}

const crashWriters = 16

// appendUntilKilled tells of each record that is on the device.
func appendUntilKilled(t *testing.T, path string) {
	io := open(t, Config{})
	f := openFile(t, io, path, os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	var writers sync.WaitGroup
	for writer := range crashWriters {
		writers.Go(func() {
			for number := 0; ; number++ {
				p := newRecord(writer, number)
				n, err := 0, error(nil)
				switch number % 3 {
				case 0:
					n, err = f.AppendSync(background, p)
				case 1:
					n, err = f.AppendDatasync(background, p)
				case 2:
					n, err = f.AppendVSync(background, [][]byte{p[:8], p[8:]})
				}
				if n != len(p) || err != nil {
					t.Errorf("record %d: %d, %v", number, n, err)
					return
				}
				ack := binary.LittleEndian.AppendUint32(nil, uint32(writer))
				if _, err := os.Stdout.Write(binary.LittleEndian.AppendUint32(ack, uint32(number))); err != nil {
					return // the parent is gone
				}
			}
		})
	}
	writers.Wait()
}

// killWriters has a process append for d once it has begun, kills it, and returns the
// last number that each writer told of.
func killWriters(t *testing.T, path string, d time.Duration) map[int]int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-crashlog="+path)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	acknowledged := make(map[int]int)
	var once sync.Once
	for {
		var ack [8]byte
		if _, err := goio.ReadFull(out, ack[:]); err != nil {
			break
		}
		once.Do(func() { time.AfterFunc(d, func() { _ = cmd.Process.Kill() }) })
		acknowledged[int(binary.LittleEndian.Uint32(ack[:]))] = int(binary.LittleEndian.Uint32(ack[4:]))
	}
	_ = cmd.Wait() // it was killed
	return acknowledged
}

func checkRecords(t *testing.T, got map[int][]int, acknowledged map[int]int) {
	t.Helper()
	if len(acknowledged) == 0 {
		t.Error("no record was acknowledged")
	}
	for writer, last := range acknowledged {
		if writer >= crashWriters {
			t.Fatalf("there is no writer %d", writer)
		}
		for i, number := range got[writer] {
			if number != i {
				t.Fatalf("writer %d: record %d is number %d", writer, i, number)
			}
		}
		if len(got[writer]) <= last {
			t.Errorf("writer %d: number %d was acknowledged, and there are %d records", writer, last, len(got[writer]))
		}
	}
}
