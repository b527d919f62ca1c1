package report

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

// Plots writes plots of the groups of rows, those whose names have the same
// beginning, into dir, and returns the names of the files. A group of one row has
// none: its table is enough.
func Plots(dir string, results []plan.Result) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var names []string
	for _, group := range groups(results) {
		if len(group) == 1 {
			continue
		}
		for _, m := range metrics(group) {
			name := fmt.Sprintf("%s-%s.svg", groupOf(group[0]), m)
			if err := save(filepath.Join(dir, name), chart(group, m)); err != nil {
				return nil, fmt.Errorf("plot %s: %w", name, err)
			}
			names = append(names, name)
		}
	}
	return names, nil
}

func groupOf(r plan.Result) string {
	name, _, _ := strings.Cut(r.Row.Name, "/")
	return name
}

// groups keeps the order of the rows.
func groups(results []plan.Result) [][]plan.Result {
	var all [][]plan.Result
	for _, r := range results {
		i := slices.IndexFunc(all, func(g []plan.Result) bool { return groupOf(g[0]) == groupOf(r) })
		if i < 0 {
			all = append(all, nil)
			i = len(all) - 1
		}
		all[i] = append(all[i], r)
	}
	return all
}

// metrics are those of which a group has a plot: its main one, and what it costs
// if there is a goal about that.
func metrics(group []plan.Result) []stats.Metric {
	all := []stats.Metric{group[0].Row.Main}
	if all[0] != stats.CPU && slices.ContainsFunc(group, func(r plan.Result) bool { return r.Row.Wants(stats.CPU) }) {
		all = append(all, stats.CPU)
	}
	return all
}

// chart has the rows side by side and in each, as a point with the ends of its
// spread, the ratio of each contender to the base.
func chart(group []plan.Result, m stats.Metric) *plot.Plot {
	p := plot.New()
	base := group[0].Row.Base
	better := "less is better"
	if stats.ColumnOf(m).MoreWin {
		better = "more is better"
	}
	p.Title.Text = fmt.Sprintf("%s: %s, times that of %s (%s)", groupOf(group[0]), stats.ColumnOf(m).Title, base, better)
	p.Y.Min = 0
	p.Legend.Top = true
	p.Legend.TextStyle.Font.Size = vg.Points(9)
	p.Add(plotter.NewGrid())
	var rows []string
	for _, r := range group {
		rows = append(rows, strings.TrimPrefix(r.Row.Name, groupOf(r)+"/"))
	}
	p.NominalX(rows...)
	names := contenders(group)
	for i, name := range names {
		shift := 0.7 * (float64(i+1)/float64(len(names)+1) - 0.5)
		addPoints(p, name, glyph(i), points(group, name, m, shift))
	}
	p.X.Min, p.X.Max = -0.5, float64(len(group)-1)+0.5+legendWidth*float64(len(group))
	p.Y.Max = max(p.Y.Max, 1) * 1.05
	return p
}

// legendWidth is what the legend takes, beside the points, of their width.
const legendWidth = 0.2

// contenders are those of a group, its base first.
func contenders(group []plan.Result) []string {
	var names []string
	for _, r := range group {
		for _, name := range baseFirst(r.Row) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// colors tell contenders apart, for the colour-blind too: the palette of Okabe
// and Ito.
var colors = []color.Color{
	color.RGBA{0x00, 0x00, 0x00, 0xff}, color.RGBA{0xd5, 0x5e, 0x00, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff},
	color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0x56, 0xb4, 0xe9, 0xff}, color.RGBA{0x00, 0x9e, 0x73, 0xff},
	color.RGBA{0xcc, 0x79, 0xa7, 0xff},
}

// glyph is what stands for the contender in that place: where there are more of them
// than colors, the others have triangles.
func glyph(place int) draw.GlyphStyle {
	g := draw.GlyphStyle{Color: colors[place%len(colors)], Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
	if place >= len(colors) {
		g.Shape = draw.TriangleGlyph{}
	}
	return g
}

// series is points with spreads.
type series struct {
	plotter.XYs
	plotter.YErrors
}

func points(group []plan.Result, name string, m stats.Metric, shift float64) series {
	var s series
	for i, r := range group {
		ratio := stats.Summarize(stats.Ratios(r.Samples[name], r.Samples[r.Row.Base], m))
		if ratio.N == 0 {
			continue
		}
		s.XYs = append(s.XYs, plotter.XY{X: float64(i) + shift, Y: ratio.Median})
		s.YErrors = append(s.YErrors, struct{ Low, High float64 }{ratio.Median - ratio.Min, ratio.Max - ratio.Median})
	}
	return s
}

func addPoints(p *plot.Plot, name string, g draw.GlyphStyle, s series) {
	if len(s.XYs) == 0 {
		return
	}
	dots, err := plotter.NewScatter(s.XYs)
	if err != nil {
		return // a figure that is no number: the table shows it
	}
	dots.GlyphStyle = g
	bars, err := plotter.NewYErrorBars(s)
	if err != nil {
		return
	}
	bars.Color = g.Color
	p.Add(bars, dots)
	p.Legend.Add(name, dots)
}

// save draws p, wide enough for its rows.
func save(path string, p *plot.Plot) error {
	canvas := vgsvg.New(18*vg.Centimeter, 10*vg.Centimeter)
	p.Draw(draw.New(canvas))
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
