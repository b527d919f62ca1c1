package report

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/bench/internal/machine"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

// results are a row of three, one of which is absent.
func results() []plan.Result {
	return []plan.Result{{
		Row: plan.Row{
			Name: "echo/1", Title: "an echo", Note: "Loud.", Base: "net", Main: stats.Rate,
			Contenders: []string{"awaitio", "net", "fio"},
			Goals: []plan.Goal{
				{Subject: "awaitio", Metric: stats.Rate, AtLeast: true, Limit: 1.4, Against: []string{"net"}},
				{Subject: "awaitio", Metric: stats.CPU, Limit: 1},
				{Subject: "awaitio", Metric: stats.Rate, AtLeast: true, Limit: 1, Against: []string{"fio"}},
			},
		},
		Samples: map[string][]stats.Sample{
			"net":     {{stats.Rate: 1000, stats.Time: 1, stats.CPU: 4}, {stats.Rate: 2000, stats.Time: 1, stats.CPU: 4}},
			"awaitio": {{stats.Rate: 1500, stats.Time: 1, stats.CPU: 2.5}, {stats.Rate: 2800, stats.Time: 1, stats.CPU: 2.5}},
		},
		Absent: map[string]string{"fio": "not installed"},
	}}
}

func TestMarkdown(t *testing.T) {
	setting := Setting{Machine: "a machine", Kernel: "Linux", Go: "go1.25", Generator: "epoll", Command: "bench", Rounds: 2,
		Duration: time.Second, Others: 0.126, Costs: []machine.Cost{{What: "a wake-up", Time: 2345}}, Date: time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)}
	got := Markdown(setting, results(), "", nil)
	for _, want := range []string{
		"| machine | a machine |",
		"| load generator | on epoll |",
		"| date | 2025-01-02 |",
		" | 13% |",
		"| a wake-up | 2.35 µs |",
		"| an echo | per second ≥ 1.4x net | 1.45x, 1.40..1.50 | met |",
		"| an echo | CPU µs each ≤ 1 | 2.5, 2.5..2.5 | **missed** |",
		"| an echo | per second ≥ 1x fio |  | not measured |",
		"### an echo\n\nLoud.\n\n| | per second | CPU µs each |\n|---|---|---|\n",
		"| net | 1500 | 4 |\n| awaitio | 2150 (1.45x, 1.40..1.50) | 2.5 (0.62x, 0.62..0.62) |\n",
		"| fio (not installed) |  |  |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What the floor does in the same round has a column of its own.
func TestMarkdownHasTheFloor(t *testing.T) {
	r := results()
	r[0].Samples["floor"] = []stats.Sample{{stats.Rate: 3000, stats.CPU: 2}, {stats.Rate: 4000, stats.CPU: 2}}
	r[0].Row.Contenders = append(r[0].Row.Contenders, "floor")
	got := Markdown(Setting{}, r, "", nil)
	for _, want := range []string{
		"| | per second | over floor | CPU µs each | over floor |\n",
		"| net | 1500 | 0.42x | 4 | 2.00x |\n",
		"| awaitio | 2150 (1.45x, 1.40..1.50) | 0.60x | 2.5 (0.62x, 0.62..0.62) | 1.25x |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestInsert(t *testing.T) {
	document := "a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n"
	want := "a\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nb\n"
	got, err := Insert(document, "\nnew\n\n")
	if err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if again, err := Insert(got, "new"); err != nil || again != want {
		t.Errorf("a second time: %q, %v", again, err)
	}
	for _, document := range []string{"", "<!-- bench:begin -->", "<!-- bench:end --> <!-- bench:begin -->"} {
		if _, err := Insert(document, "new"); !errors.Is(err, errMarkers) {
			t.Errorf("%q: %v", document, err)
		}
	}
}

func TestUpdateLeavesADocumentWithoutMarkersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.md")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Update(path, "new"); !errors.Is(err, errMarkers) {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "text" {
		t.Errorf("now it is %q, %v", text, err)
	}
}

func TestPlots(t *testing.T) {
	dir := t.TempDir()
	plots, err := Plots(dir, results())
	if err != nil || len(plots) > 0 {
		t.Fatalf("of a single row: %v, %v", plots, err)
	}
	group := slices.Concat(results(), results())
	group[1].Samples["floor"] = []stats.Sample{{stats.Rate: 3000, stats.CPU: 2}, {stats.Rate: 4000, stats.CPU: 2}}
	if plots, err = Plots(dir, group); err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, p := range plots {
		files = append(files, p.File)
		if !strings.Contains(p.Caption, "over that of net") || !strings.Contains(p.Caption, "floor") {
			t.Errorf("%s: %q", p.File, p.Caption)
		}
		text, err := os.ReadFile(filepath.Join(dir, p.File))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"<svg", ">awaitio<", ">floor<", ">net = 1<", "times net (", ">connections x size of a message<"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %q", p.File, want)
			}
		}
	}
	if want := []string{"echo-rate.svg", "echo-cpu.svg"}; !slices.Equal(files, want) {
		t.Errorf("got %v, want %v", files, want)
	}
	text := Markdown(Setting{}, group, "plots", plots)
	if _, behind, ok := strings.Cut(text, "(plots/echo-rate.svg)\n\n*TCP echo: per second over"); !ok || strings.Contains(behind, "###") {
		t.Errorf("the plots are not behind their tables:\n%s", text)
	}
}
