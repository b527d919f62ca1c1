//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/inspect"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

// ran is what the command says to arguments, and its exit code.
func ran(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"x"}, {"top"}, {"top", "/no/such"}, {"top", "-x", "a"}, {"doctor", "x"}, {"doctor", "-x"}} {
		if code, out, errs := ran(args...); code != exitUsage || out != "" || errs == "" {
			t.Errorf("%q: exit code %d, %q, %q", args, code, out, errs)
		}
	}
	for _, args := range [][]string{{"help"}, {"-h"}, {"top", "-h"}} {
		if code, _, _ := ran(args...); code != exitFine {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

// The doctor tells of the backend that an IO gets here, and that it works.
func TestDoctor(t *testing.T) {
	testutil.CheckLeaks(t)
	io, err := await.Start(await.Config{})
	if err != nil {
		t.Fatal(err)
	}
	chosen := io.Choice()
	if err := io.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, errs := ran("doctor")
	if (code == exitFine) == chosen.FellBack() {
		t.Errorf("exit code %d, %s", code, errs)
	}
	for _, want := range []string{chosen.Backend, chosen.System, "a connection", "works"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	t.Setenv("PROACTOR_BACKEND", "none")
	if code, out, _ := ran("doctor"); code != exitBad || !strings.Contains(out, "backend") {
		t.Errorf("of a backend that there is not: exit code %d\n%s", code, out)
	}
}

// Top asks a URL or a socket, and says what it gets.
func TestTop(t *testing.T) {
	testutil.CheckLeaks(t)
	io, err := await.Start(await.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer io.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- io.Sleep(ctx, time.Hour) }()
	socket := filepath.Join(t.TempDir(), "s")
	go func() { ended <- inspect.ServeUnix(ctx, socket, io) }()
	server := httptest.NewServer(inspect.Handler(io))
	defer server.Close()
	for _, where := range []string{server.URL, socket} {
		testutil.Eventually(t, time.Minute, func() bool {
			code, out, _ := ran("top", "-once", where)
			return code == exitFine && strings.Contains(out, "timeout") && strings.Contains(out, io.Backend())
		}, "the sleep in what %s tells", where)
	}
	code, out, _ := ran("top", "-once", "-find", "no such thing", server.URL)
	if code != exitFine || strings.Contains(out, "waiting") {
		t.Errorf("of what is not there: exit code %d\n%s", code, out)
	}
	cancel()
	<-ended
	<-ended
}

// What answers may be something else, or somebody who means harm to the terminal.
func TestTopOfSomethingElse(t *testing.T) {
	testutil.CheckLeaks(t)
	for body, code := range map[string]int{"\x1b]0;x\x07<html>": 200, "no\x1b[2J": 404} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(body))
		}))
		got, _, errs := ran("top", "-once", server.URL)
		if got != exitBad || strings.ContainsRune(errs, '\x1b') {
			t.Errorf("exit code %d, %q", got, errs)
		}
		server.Close()
	}
}

// A screen fits its terminal, has nothing of a label that the terminal would obey, and keys change it.
func TestScreen(t *testing.T) {
	report := inspect.Report{Program: "p\x1b[31m", IOs: []inspect.IOReport{{
		Backend: "epoll", Refused: []inspect.Refused{{Backend: "io_uring", Why: "seccomp"}},
		Loops: []inspect.Loop{{Loop: 3, Stalled: true, For: 2 * time.Second, Phase: "callbacks"}},
		Operations: []inspect.Operation{
			{Op: "read", State: "in flight", Target: strings.Repeat("/long", 40), File: true, Age: time.Minute},
			{Op: "recv", State: "in flight", Target: "tcp", Label: "evil\x1b[2J", Age: 2 * time.Minute},
		},
	}}}
	s := &screen{report: report, columns: 60, lines: 20}
	text := s.draw()
	for _, want := range []string{"not io_uring: seccomp", "loop 3 has stood still for 2.00s", "recv"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b[2J") || strings.Contains(text, "p\x1b[31m") {
		t.Errorf("a label is obeyed: %q", text)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		seen := 0
		for line = cut(line, 1000); line != ""; {
			if line[0] == '\x1b' {
				line = line[strings.IndexFunc(line[1:], unicode.IsLetter)+2:]
				continue
			}
			seen, line = seen+1, line[1:]
		}
		if seen > 60 {
			t.Errorf("%d columns", seen)
		}
	}
	if lines := strings.Count(text, "\r\n") + 1; lines > 20 {
		t.Errorf("%d lines", lines)
	}
	for _, key := range []byte("ps jk") {
		if !s.press(key) {
			t.Errorf("%q ends it", key)
		}
	}
	if s.paused || s.order != 1 || s.press('q') || s.press(3) {
		t.Errorf("after the keys: %+v", s)
	}
	s.lines, s.columns = 1, 1
	_ = s.draw()
}

// What must not be missed is parted, not cut off.
func TestWrap(t *testing.T) {
	s := &screen{columns: 10}
	for text, want := range map[string]string{
		"": "", "short": "short", "ten of one": "ten of one", "one two three four": "one two|three four", "0123456789abc": "0123456789|abc",
		"a 0123456789é": "a|0123456789|é",
	} {
		if got := strings.Join(s.wrap("", text), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	s.columns = 0 // a terminal that does not tell
	if got := s.wrap(red, "ab"); len(got) != 2 || got[0] != red+"a" {
		t.Errorf("%q", got)
	}
}

func TestReportIsDecoded(t *testing.T) {
	var r inspect.Report
	if err := json.Unmarshal([]byte(`{"ios":[{"backend":"kqueue","operations":[{"op":"recv","age":5}]}]}`), &r); err != nil {
		t.Fatal(err)
	}
	if r.IOs[0].Operations[0].Age != 5 {
		t.Errorf("%+v", r)
	}
}
