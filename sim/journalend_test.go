//go:build unix

package sim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awaitio/awaitio/sim"
	"github.com/awaitio/awaitio/sim/internal/shop"
)

// A report's end leaves out connections that were made, but for the last few.
func TestEndOfAJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sim.New(t, 1, sim.Config{})
		var s shop.Shop
		w.Host("shop", s.Serve)
		client := w.Host("client", nil)
		c := http.Client{Transport: &http.Transport{DialContext: client.IO().DialContext, DisableKeepAlives: true}}
		for i := range 9 {
			if i%4 == 1 {
				w.Logf("request %d", i)
			}
			r, err := c.Get("http://shop/")
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
		}
		var journal []string
		for _, e := range w.Journal() {
			journal = append(journal, e.String())
		}
		end := sim.EndOf(journal)
		head, rest, _ := strings.Cut(end, "\n")
		if head != "the journal ends (connections made earlier: 6):" {
			t.Errorf("it begins %q", head)
		}
		if got := strings.Count(rest, "is there\n"); got != 3 {
			t.Errorf("%d connections in\n%s", got, rest)
		}
		for _, i := range []int{1, 5} {
			if !strings.Contains(rest, fmt.Sprintf(" request %d\n", i)) {
				t.Errorf("no request %d in\n%s", i, rest)
			}
		}
		if got := sim.EndOf(journal[:1]); !strings.HasPrefix(got, "the journal ends:\n") {
			t.Errorf("of one line: %q", got)
		}
	})
}
