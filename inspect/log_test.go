//go:build unix

package inspect

import (
	"bytes"
	"errors"
	"expvar"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// A notice is one line, whatever is in a path, of a level that fits.
func TestLogTo(t *testing.T) {
	for _, c := range []struct {
		notice proactor.Notice
		parts  []string
	}{
		{
			proactor.Notice{Kind: proactor.NoticeSlow, Took: 2 * time.Second, Backend: "epoll", Operation: proactor.Operation{
				Op: "read", Target: "/mnt/a\nb", FD: 7, State: proactor.StateInFlight,
			}},
			[]string{"WARN", "slow operation", "op=read", `a\\nb`, "fd=7", "elapsed=2s", "backend=epoll"},
		},
		{proactor.Notice{Kind: proactor.NoticeFellBack, Err: errors.New("seccomp")}, []string{"WARN", "fell back", "err=seccomp"}},
		{proactor.Notice{Kind: proactor.NoticeStalled, Phase: "callbacks", Suppressed: 3}, []string{"WARN", "phase=callbacks", "suppressed=3"}},
		{proactor.Notice{Kind: proactor.NoticeStarted, Loop: 4}, []string{"DEBUG", "loop=4"}},
		{proactor.Notice{Kind: proactor.NoticeEnded, Err: errors.New("gone")}, []string{"ERROR", "err=gone"}},
		{proactor.Notice{Kind: proactor.NoticeGoesOn}, []string{"INFO"}},
	} {
		var out bytes.Buffer
		LogTo(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))(c.notice)
		if lines := strings.Count(out.String(), "\n"); lines != 1 {
			t.Errorf("%d lines: %s", lines, &out)
		}
		wantIn(t, out.String(), c.parts...)
	}
}

func TestExpvar(t *testing.T) {
	io, err := await.Start(await.Config{})
	must(t, err)
	Expvar("awaitio of a test", io)
	wantIn(t, expvar.Get("awaitio of a test").String(), `"backend":"`+io.Backend()+`"`, `"loops":[{`)
	must(t, io.Close())
	wantIn(t, expvar.Get("awaitio of a test").String(), `"backend":`)
}
