package report

import (
	"image/color"
	"math"
	"os"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

// The size of a plot, with the legend on its right.
const (
	plotWidth   = 22 * vg.Centimeter
	plotHeight  = 11 * vg.Centimeter
	legendWidth = 4.2 * vg.Centimeter
	margin      = 0.3 * vg.Centimeter
)

// chart has the rows side by side and in each, as a dot with the ends of its spread, the
// ratio of each contender to the base.
func chart(group []plan.Result, m stats.Metric) *plot.Plot {
	p := plot.New()
	h := headingOf(group)
	p.Title.Text = h.title + ": " + stats.ColumnOf(m).Title
	p.Title.Padding = 0.3 * vg.Centimeter
	p.X.Label.Text = h.rows
	p.Y.Label.Text = "times " + group[0].Row.Base + " (" + better(m) + ")"
	for _, style := range []*draw.TextStyle{
		&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label,
	} {
		style.Font.Variant = "Sans"
	}
	p.X.Label.Padding, p.Y.Label.Padding = 0.15*vg.Centimeter, 0.15*vg.Centimeter
	var rows []string
	for _, r := range group {
		rows = append(rows, strings.TrimPrefix(r.Row.Name, groupOf(r)+"/"))
	}
	p.NominalX(rows...)
	p.X.Width, p.X.Tick.Length = 0, 0
	scale(p, group, m)
	p.Add(lines(horizontal(p, group))...)
	names := drawn(group)
	for i, name := range names {
		shift := 0.8 * (float64(i+1)/float64(len(names)+1) - 0.5)
		addPoints(p, glyph(i), points(group, name, m, shift))
	}
	addFloor(p, group, m)
	p.X.Min, p.X.Max = -0.5, float64(len(group))-0.5
	return p
}

// ticks of a scale on which twice and half are as far from 1.
var ticks = []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500}

// scale makes the scale logarithmic, with room for all medians and 1. Ends of spreads that
// are beyond the next tick are cut off: one bad round is not to squeeze the others.
func scale(p *plot.Plot, group []plan.Result, m stats.Metric) {
	least, most := 0.7, 1.5
	for _, r := range group {
		for _, samples := range r.Samples {
			if ratio := stats.Summarize(stats.Ratios(samples, r.Samples[r.Row.Base], m)); ratio.N > 0 {
				least, most = min(least, ratio.Median), max(most, ratio.Median)
			}
		}
	}
	p.Y.Min, p.Y.Max = ticks[0], ticks[len(ticks)-1]
	var shown []plot.Tick
	for _, t := range ticks {
		if t <= least*0.95 {
			p.Y.Min = t
		}
		if t >= most*1.05 {
			p.Y.Max = min(p.Y.Max, t)
		}
		shown = append(shown, plot.Tick{Value: t, Label: number(t)})
	}
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.ConstantTicks(shown)
	p.Y.AutoRescale = false
}

// A stroke is a straight line.
type stroke struct {
	x, y  [2]float64
	style draw.LineStyle
}

var (
	faint  = draw.LineStyle{Color: color.Gray{0xdd}, Width: vg.Points(0.5)}
	strong = draw.LineStyle{Color: color.Black, Width: vg.Points(1.2)}
	dashed = draw.LineStyle{Color: color.Gray{0x40}, Width: vg.Points(1.6), Dashes: []vg.Length{vg.Points(5), vg.Points(2)}}
)

// horizontal are the lines of the ticks, the one at 1, and what separates the rows.
func horizontal(p *plot.Plot, group []plan.Result) (all []stroke) {
	right := float64(len(group)) - 0.5
	for _, t := range ticks {
		if p.Y.Min < t && t < p.Y.Max && t != 1 {
			all = append(all, stroke{[2]float64{-0.5, right}, [2]float64{t, t}, faint})
		}
	}
	for i := range group[1:] {
		x := float64(i) + 0.5
		all = append(all, stroke{[2]float64{x, x}, [2]float64{p.Y.Min, p.Y.Max}, faint})
	}
	return append(all, stroke{[2]float64{-0.5, right}, [2]float64{1, 1}, strong})
}

func lines(all []stroke) (plotters []plot.Plotter) {
	for _, s := range all {
		plotters = append(plotters, &plotter.Line{
			XYs: plotter.XYs{{X: s.x[0], Y: s.y[0]}, {X: s.x[1], Y: s.y[1]}}, LineStyle: s.style,
		})
	}
	return plotters
}

// addFloor marks in each row where the floor is.
func addFloor(p *plot.Plot, group []plan.Result, m stats.Metric) {
	var all []stroke
	for i, r := range group {
		ratio := stats.Summarize(stats.Ratios(r.Samples[contender.Floor], r.Samples[r.Row.Base], m))
		if ratio.N > 0 {
			all = append(all, stroke{[2]float64{float64(i) - 0.45, float64(i) + 0.45}, [2]float64{ratio.Median, ratio.Median}, dashed})
		}
	}
	p.Add(lines(all)...)
}

// colors tell contenders apart, for the colour-blind too: the palette of Okabe and Ito.
var colors = []color.Color{
	color.RGBA{0xd5, 0x5e, 0x00, 0xff}, color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0x00, 0x9e, 0x73, 0xff},
	color.RGBA{0xe6, 0x9f, 0x00, 0xff}, color.RGBA{0x56, 0xb4, 0xe9, 0xff}, color.RGBA{0xcc, 0x79, 0xa7, 0xff},
}

// glyph is what stands for the contender in that place: where there are more of them
// than colors, the others have triangles.
func glyph(place int) draw.GlyphStyle {
	g := draw.GlyphStyle{Color: colors[place%len(colors)], Radius: vg.Points(3.5), Shape: draw.CircleGlyph{}}
	if place >= len(colors) {
		g.Shape = draw.PyramidGlyph{}
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
		if ratio.N == 0 || ratio.Min <= 0 {
			continue
		}
		s.XYs = append(s.XYs, plotter.XY{X: float64(i) + shift, Y: ratio.Median})
		s.YErrors = append(s.YErrors, struct{ Low, High float64 }{ratio.Median - ratio.Min, ratio.Max - ratio.Median})
	}
	return s
}

// addPoints draws s, whose spreads end at the edges of the plot.
func addPoints(p *plot.Plot, g draw.GlyphStyle, s series) {
	if len(s.XYs) == 0 {
		return
	}
	for i, y := range s.YErrors {
		s.YErrors[i].Low = min(y.Low, s.XYs[i].Y-p.Y.Min)
		s.YErrors[i].High = min(y.High, p.Y.Max-s.XYs[i].Y)
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
	bars.Color, bars.Width, bars.CapWidth = g.Color, vg.Points(1.2), vg.Points(4)
	p.Add(bars, dots)
}

// legend names what is drawn in a group.
func legend(group []plan.Result) *plot.Legend {
	l := plot.NewLegend()
	l.Top, l.Left = true, true
	l.ThumbnailWidth, l.Padding = 0.7*vg.Centimeter, 0.1*vg.Centimeter
	l.TextStyle.Font.Variant = "Sans"
	l.TextStyle.Font.Size = vg.Points(10)
	for i, name := range drawn(group) {
		l.Add(name, &plotter.Scatter{GlyphStyle: glyph(i)})
	}
	if floorPart(group) {
		l.Add(contender.Floor, &plotter.Line{LineStyle: dashed})
	}
	l.Add(group[0].Row.Base+" = 1", &plotter.Line{LineStyle: strong})
	return &l
}

// save draws p with the legend on its right, on white: dark letters are to be read where the
// page is dark, too.
func save(path string, p *plot.Plot, l *plot.Legend) error {
	canvas := vgsvg.New(plotWidth, plotHeight)
	all := draw.New(canvas)
	all.SetColor(color.White)
	all.Fill(all.Rectangle.Path())
	all = draw.Crop(all, margin, -margin, margin, -margin)
	p.Draw(draw.Crop(all, 0, -legendWidth, 0, 0))
	l.Draw(draw.Crop(all, vg.Length(math.Abs(float64(all.Max.X-all.Min.X)))-legendWidth+margin, 0, 0, -margin))
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
