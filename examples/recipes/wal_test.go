package recipes

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

const walWriters = 8

// appendUntilKilled has goroutines append to a log, each record "writer/number", and says on the
// standard output which are on the device.
func appendUntilKilled(name string) {
	ctx := context.Background()
	log, err := OpenLog(ctx, name, func([]byte) {})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var writers sync.WaitGroup
	for w := range walWriters {
		writers.Go(func() {
			for i := 0; ; i++ {
				record := fmt.Sprintf("%d/%d", w, i)
				if err := log.Append(ctx, []byte(record)); err != nil {
					fmt.Println(err)
					os.Exit(1)
				}
				os.Stdout.WriteString(record + "\n") // one write(2): a line is whole
			}
		})
	}
	writers.Wait()
}

// replayed opens the log at name, closes it, and returns its records.
func replayed(t *testing.T, name string) (records []string) {
	t.Helper()
	log, err := OpenLog(t.Context(), name, func(r []byte) { records = append(records, string(r)) })
	must(t, err)
	must(t, log.Close())
	return records
}

func TestLogSurvivesKill(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	for range 3 {
		before := len(replayed(t, name))
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), walVariable+"="+name)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		var acknowledged []string
		lines := bufio.NewScanner(out)
		for lines.Scan() { // to the end: what the child said before it died counts
			acknowledged = append(acknowledged, lines.Text())
			if len(acknowledged) == 100 {
				must(t, cmd.Process.Kill())
			}
		}
		_ = cmd.Wait() // killed
		if len(acknowledged) < 100 {
			t.Fatalf("the child died early: %q", acknowledged)
		}
		records := replayed(t, name)[before:]
		for _, a := range acknowledged {
			if !slices.Contains(records, a) {
				t.Errorf("record %s was acknowledged and is not there", a)
			}
		}
		// Each writer's records are there in order, with none left out.
		next := make([]int, walWriters)
		for _, r := range records {
			var w, i int
			if _, err := fmt.Sscanf(r, "%d/%d", &w, &i); err != nil || i != next[w] {
				t.Fatalf("record %q where writer %d had written %d", r, w, next[w])
			}
			next[w]++
		}
	}
}

func TestLogCutsATornRecordOff(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	log, err := OpenLog(t.Context(), name, func([]byte) {})
	must(t, err)
	must(t, log.Append(t.Context(), []byte("whole")))
	must(t, log.Close())
	whole, err := os.ReadFile(name)
	must(t, err)
	torn := map[string][]byte{
		"a part of a header":                  whole[:3],
		"a part of a record":                  whole[:len(whole)-1],
		"a record with bytes that are not it": append(slices.Clone(whole[:len(whole)-1]), 'X'),
		"zeros":                               make([]byte, 100),
	}
	for what, tail := range torn {
		must(t, os.WriteFile(name, append(slices.Clone(whole), tail...), 0o600))
		for range 2 { // the second time there is nothing to cut off
			if records := replayed(t, name); !slices.Equal(records, []string{"whole"}) {
				t.Errorf("%s: got %q", what, records)
			}
		}
		if got, err := os.ReadFile(name); err != nil || !slices.Equal(got, whole) {
			t.Errorf("%s: the file has %q, %v", what, got, err)
		}
	}
}
