package prom_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/inspect/prom"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// registered is the metrics of an IO that has done a little of everything.
func registered(t testing.TB) (*prometheus.Registry, *await.IO) {
	t.Helper()
	io, err := await.Start(await.Config{Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = io.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	for range 3 {
		_ = io.Nop(context.Background())
	}
	_ = io.Sleep(ctx, time.Hour)
	_ = io.Sleep(context.Background(), time.Millisecond)
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(prom.NewCollector(io))
	return r, io
}

// The names and the help are as Prometheus wants them.
func TestLint(t *testing.T) {
	r, _ := registered(t)
	problems, err := testutil.GatherAndLint(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// What was done is counted as it ended.
func TestCounts(t *testing.T) {
	r, _ := registered(t)
	want := `
awaitio_operations_ended_total{io="0",op="nop",result="ok"} 3
awaitio_operations_ended_total{io="0",op="nop",result="failed"} 0
awaitio_operations_ended_total{io="0",op="nop",result="canceled"} 0
awaitio_operations_ended_total{io="0",op="nop",result="timed_out"} 0
awaitio_operations_ended_total{io="0",op="timeout",result="ok"} 1
awaitio_operations_ended_total{io="0",op="timeout",result="failed"} 0
awaitio_operations_ended_total{io="0",op="timeout",result="canceled"} 1
awaitio_operations_ended_total{io="0",op="timeout",result="timed_out"} 0
`
	missing := []string{""}
	for end := time.Now().Add(time.Minute); len(missing) > 0 && time.Now().Before(end); { // a loop without a processor does not answer
		missing = missing[:0]
		have := endedLines(t, r)
		for line := range strings.Lines(want) {
			if line = strings.TrimSpace(line); line != "" && !strings.Contains(have, line) {
				missing = append(missing, line)
			}
		}
	}
	for _, line := range missing {
		t.Errorf("no %s in\n%s", line, endedLines(t, r))
	}
}

// endedLines are the metrics of how operations ended, as Prometheus writes them.
func endedLines(t *testing.T, r prometheus.Gatherer) string {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if f.GetName() == "awaitio_operations_ended_total" {
				lines = append(lines, fmt.Sprintf("%s{io=%q,op=%q,result=%q} %v", f.GetName(), labels["io"], labels["op"], labels["result"], m.GetCounter().GetValue()))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// The dashboard asks for metrics that there are, with labels that they have.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	r, _ := registered(t)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"awaitio_backend_refused": true} // where nothing is refused there is none
	for _, m := range []string{"stuck", "lost", "in_line"} {  // nor of mounts without calls
		known["awaitio_mount_calls_"+m] = true
	}
	known["awaitio_mount_oldest_call_seconds"] = true
	for _, f := range families {
		for _, suffix := range []string{"", "_bucket", "_sum", "_count"} {
			known[f.GetName()+suffix] = true
		}
	}
	used := map[string]bool{}
	for _, p := range dashboard.Panels {
		if p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			for _, name := range regexp.MustCompile(`awaitio_\w+`).FindAllString(target.Expr, -1) {
				used[name] = true
				if !known[name] {
					t.Errorf("panel %q asks for %s, which there is not", p.Title, name)
				}
			}
		}
	}
	if len(used) < 8 {
		t.Errorf("the dashboard uses %d metrics", len(used))
	}
}

// A scrape does not change with what programs call their files and peers.
func TestNoLabelHasAPath(t *testing.T) {
	r, io := registered(t)
	before := 0
	for range 5 { // a loop without a processor does not answer
		n, err := testutil.GatherAndCount(r)
		if err != nil {
			t.Fatal(err)
		}
		before = max(before, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	for i := range 50 {
		p, w, err := io.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p.SetLabel(fmt.Sprintf("label %d", i))
		go func() {
			_, _ = p.ReadContext(ctx, make([]byte, 1))
			_, _ = p.Close(), w.Close()
			ended <- struct{}{}
		}()
	}
	for io.Stats().InFlight < 50 {
		time.Sleep(time.Millisecond)
	}
	after, err := testutil.GatherAndCount(r)
	if err != nil {
		t.Fatal(err)
	}
	const kinds, perKind = 1, 8
	if after > before+kinds*perKind {
		t.Errorf("%d series became %d with 50 labels", before, after)
	}
	cancel()
	for range 50 {
		<-ended
	}
}

func BenchmarkScrape(b *testing.B) {
	r, _ := registered(b)
	for b.Loop() {
		if _, err := r.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleNewCollector() {
	io, err := await.Start(await.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer io.Close()
	r := prometheus.NewRegistry()
	r.MustRegister(prom.NewCollector(io))
	n, err := testutil.GatherAndCount(r, "awaitio_info")
	fmt.Println(n, err)
	// Output: 1 <nil>
}
