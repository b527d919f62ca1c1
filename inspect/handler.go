package inspect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/awaitio/awaitio/await"
)

// Options configures a Handler. The zero Options is the default.
type Options struct {
	// Allow reports whether a request may be answered. Default: if it comes from a loopback
	// address or through a unix socket, names this machine in its Host (localhost or a loopback
	// address, so that no other site's name can be made to lead here), and was forwarded by
	// no proxy. Where others are to see the page, ask for credentials here: it has paths and
	// addresses.
	Allow func(r *http.Request) bool

	// Limit is how many operations of each IO are looked at, the oldest. Default 1000.
	Limit int
}

// Handler serves the page of ios, or of the default IO if there are none, under any path. It
// answers GET and HEAD only. The query can choose what is shown:
//
//	format=html|json|text    default: the page for clients that accept HTML, and text for others
//	op=recv                  operations of this kind
//	find=srv                 operations that have this in path, address, label, state or kind
//	older=1.5s               older operations
//	sort=age|op|state|target|label|fd|loop|size
//
// The JSON is a Report. A request takes about 50 µs of each loop's time, and waits up to 50 ms
// for a loop that does not answer.
func Handler(ios ...*await.IO) http.Handler { return Options{}.Handler(ios...) }

// Handler is the function Handler with options.
func (o Options) Handler(ios ...*await.IO) http.Handler {
	if o.Allow == nil {
		o.Allow = isLocal
	}
	return &handler{o, ios}
}

type handler struct {
	options Options
	ios     []*await.IO
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	switch {
	case !h.options.Allow(r):
		http.Error(w, "forbidden: this page is for this machine only; see inspect.Options.Allow", http.StatusForbidden)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD: this page changes nothing", http.StatusMethodNotAllowed)
		return
	}
	q, err := parseQuery(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ios, err := h.shown()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, q, report(ios, q, h.options.Limit))
}

// shown are the IOs to show.
func (h *handler) shown() ([]*await.IO, error) {
	if len(h.ios) > 0 {
		return h.ios, nil
	}
	io, err := await.Default()
	return []*await.IO{io}, err
}

func parseQuery(r *http.Request) (query, error) {
	form := r.URL.Query()
	q := query{format: form.Get("format"), op: form.Get("op"), find: form.Get("find"), order: form.Get("sort")}
	switch q.format {
	case "html", "json", "text":
	case "":
		q.format = "text"
		if acceptsHTML(r) {
			q.format = "html"
		}
	default:
		return q, fmt.Errorf("format is %q: want html, json or text", q.format)
	}
	if q.order != "" && orders[q.order] == nil {
		return q, fmt.Errorf("sort is %q: want age, op, state, target, label, fd, loop or size", q.order)
	}
	if older := form.Get("older"); older != "" {
		d, err := time.ParseDuration(older)
		if err != nil {
			return q, fmt.Errorf("older is %q: want a duration such as 1.5s", older)
		}
		q.older = d
	}
	return q, nil
}

func answer(w http.ResponseWriter, q query, r Report) {
	// An error is the connection's: nobody is left to be told.
	switch q.format {
	case "json":
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", " ")
		_ = encoder.Encode(r)
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_ = r.WriteText(w)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = writePage(w, q, r)
	}
}
