package inspect

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/awaitio/awaitio/internal/words"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

// contentSecurityPolicy lets the page have its own style and script, and nothing else: whatever
// got into it as text would not run.
var contentSecurityPolicy = strings.Join([]string{
	"default-src 'none'", "style-src " + hashOf(pageStyle), "script-src " + hashOf(pageScript), "connect-src 'self'",
	"img-src data:", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
}, "; ")

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	// Values as text.
	"short": words.Short, "span": span, "left": span, "dash": dash, "bytes": bytesText,
	"size":    func(n int) string { return bytesText(uint64(n)) },
	"forced":  words.Forced,
	"trouble": func(m Mount) string { return m.Trouble() },
	"where":   func(o Operation) string { return o.details() },
	"workers": func(l Loop) string { return l.workersText() },
	"spark":   spark,

	// CSS classes of the page's style.
	"state": stateClass, "age": ageClass, "health": healthClass,
}).Parse(pageHTML))

// view is the data of the page's template.
type view struct {
	Report
	Style   template.CSS
	Script  template.JS
	Find    string
	Op      string
	Older   string
	Order   string
	Ops     []string
	Columns []column
}

// A column is a column of the table of operations. Its head is a link that sorts by it.
type column struct {
	Name, Order, Link string
	Sorted            bool
}

var columns = []column{
	{Name: "Age", Order: "age"}, {Name: "Operation", Order: "op"}, {Name: "State", Order: "state"}, {Name: "Target", Order: "target"},
	{Name: "Label", Order: "label"}, {Name: "FD", Order: "fd"}, {Name: "Loop", Order: "loop"}, {Name: "Size", Order: "size"},
}

func writePage(w io.Writer, q query, r Report) error {
	v := view{
		Report: r, Style: template.CSS(pageStyle), Script: template.JS(pageScript),
		Find: q.find, Op: q.op, Order: cmp.Or(q.order, "age"), Columns: slices.Clone(columns),
	}
	if q.older > 0 {
		v.Older = q.older.String()
	}
	for i := range v.Columns {
		c := &v.Columns[i]
		c.Sorted = c.Order == v.Order
		c.Link = "?" + url.Values{"sort": {c.Order}, "find": {q.find}, "op": {q.op}, "older": {v.Older}}.Encode()
	}
	for _, io := range r.IOs {
		for _, k := range io.Kinds {
			if !slices.Contains(v.Ops, k.Op) {
				v.Ops = append(v.Ops, k.Op)
			}
		}
	}
	return page.Execute(w, v)
}

// acceptsHTML reports whether r is a browser's.
func acceptsHTML(r *http.Request) bool {
	for accept := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if kind, _, err := mime.ParseMediaType(accept); err == nil && kind == "text/html" {
			return true
		}
	}
	return false
}

// stateClass is the CSS class of an operation's or a loop's state.
func stateClass(state string) string {
	switch state {
	case "stalled", "left":
		return "bad"
	case "stopping", "in line", "queued":
		return "late"
	}
	return "good"
}

// healthClass is the CSS class of a mount's health.
func healthClass(health string) string {
	switch health {
	case "well":
		return "good"
	case "late":
		return "late"
	}
	return "bad"
}

// ageClass is the CSS class of an operation's age, by which a file that does not answer stands out.
func ageClass(o Operation) string {
	switch {
	case o.State == "stalled", o.File && o.Age >= 10*time.Second:
		return "bad"
	case o.File && o.Age >= time.Second:
		return "late"
	}
	return ""
}

// spark is an SVG picture of a histogram: a bar for each octave from a microsecond to a minute.
func spark(octaves []uint64) template.HTML {
	most := uint64(1)
	for _, n := range octaves {
		most = max(most, n)
	}
	var b strings.Builder
	const height, step = 20, 4
	fmt.Fprintf(&b, `<svg class="spark" width="%d" height="%d" role="img" aria-label="histogram of times">`, step*len(octaves), height)
	fmt.Fprintf(&b, `<line x1="0" x2="%d" y1="%g" y2="%g"/>`, step*len(octaves), height-.5, height-.5)
	for i, n := range octaves {
		if n > 0 {
			tall := max(2, float64(height)*float64(n)/float64(most))
			upper := words.Short(time.Duration(1024 << i))
			fmt.Fprintf(&b, `<rect x="%d" y="%.1f" width="%d" height="%.1f"><title>%d below %s</title></rect>`, step*i, height-tall, step-1, tall, n, upper)
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // it has only numbers, so nothing to escape
}
