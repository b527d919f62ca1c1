//go:build linux

package inspect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/proactor"
)

// The page in a browser: it has the calls, refreshes itself, keeps what was chosen, asks nobody
// else, and runs nothing that is not its own.
func TestPageInABrowser(t *testing.T) {
	b := openBrowser(t)
	s := newScene(t)
	server := serve(t, Handler(s.io))
	b.show(server.URL+"/debug/awaitio", 1280, "light")
	b.until(`document.querySelectorAll("table.operations tbody tr").length >= 7`)
	if title := b.eval(`document.title`); !strings.HasSuffix(title, "awaitio") {
		t.Errorf("the title is %q: a label ran as a script", title)
	}
	wantIn(t, b.eval(`document.body.innerText`), scriptLabel, "public API", "upstream database")
	t.Run("refreshes", func(t *testing.T) {
		b.eval(`window.before = document.getElementById("status").textContent, window.kept = 1`)
		b.until(`document.getElementById("status").textContent != window.before && window.kept == 1`)
	})
	t.Run("sorts and keeps that", func(t *testing.T) {
		b.eval(`document.querySelector('a[data-sort=size]').click()`)
		b.until(`document.querySelector('th[aria-sort]').innerText.startsWith("Size") && location.search.includes("sort=size")`)
		b.eval(`window.before = document.getElementById("status").textContent`)
		b.until(`document.getElementById("status").textContent != window.before`)
		if got := b.eval(`document.querySelector('th[aria-sort]').innerText`); !strings.HasPrefix(got, "Size") {
			t.Errorf("after a refresh it is sorted by %s", got)
		}
	})
	t.Run("filters while somebody types", func(t *testing.T) {
		b.eval(`(() => { const f = document.querySelector("input[name=find]"); f.focus(); f.value = "database"; f.dispatchEvent(new Event("input", {bubbles: true})) })()`)
		b.until(`document.querySelectorAll("table.operations tbody tr").length == 1`)
		wantIn(t, b.eval(`document.querySelector("table.operations tbody").innerText`), "upstream database")
		if b.eval(`document.activeElement.name`) != "find" {
			t.Error("the refresh took the focus")
		}
		b.eval(`(() => { const f = document.querySelector("input[name=find]"); f.value = ""; f.dispatchEvent(new Event("input", {bubbles: true})) })()`)
		b.until(`document.querySelectorAll("table.operations tbody tr").length >= 7`)
	})
	t.Run("pauses", func(t *testing.T) {
		b.eval(`document.getElementById("pause").click()`)
		b.until(`document.getElementById("pause").getAttribute("aria-pressed") == "true"`)
		b.eval(`new Promise(r => setTimeout(r, 1500))`) // what was asked for before
		if b.eval(`(async () => { const before = document.getElementById("status").textContent; await new Promise(r => setTimeout(r, 2500)); return document.getElementById("status").textContent == before })()`) != "true" {
			t.Error("it refreshed while it was paused")
		}
		b.eval(`document.getElementById("pause").click()`)
	})
	b.wantAtHome(server.URL)
}

// wantAtHome wants that pages asked nobody but the server, and that nothing was blocked or went
// wrong.
func (b *browser) wantAtHome(url string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if !strings.HasPrefix(r, url) && !strings.HasPrefix(r, "data:") {
			b.t.Errorf("the page asked for %s", r)
		}
	}
	for _, m := range b.messages {
		b.t.Errorf("the browser says %s", m)
	}
	if len(b.requests) == 0 {
		b.t.Error("no request was seen")
	}
}

// The page fits a phone and a wide screen, light and dark.
func TestPageFits(t *testing.T) {
	b := openBrowser(t)
	s := newScene(t)
	server := serve(t, Handler(s.io))
	backs := map[string]string{}
	for _, width := range []int{360, 1280, 1920} {
		for _, scheme := range []string{"light", "dark"} {
			b.show(server.URL, width, scheme)
			if excess := b.eval(`document.documentElement.scrollWidth - innerWidth`); excess != "0" {
				t.Errorf("at %d px the page is %s px too wide", width, excess)
			}
			backs[scheme] = b.eval(`getComputedStyle(document.body).backgroundColor`)
			b.screenshot(fmt.Sprintf("page-%d-%s", width, scheme))
		}
	}
	if backs["light"] == backs["dark"] {
		t.Errorf("light and dark are both %s", backs["light"])
	}
	b.wantAtHome(server.URL)
}

// A loop that stands still is what the page says first, and what it cannot tell it does not
// pretend to know.
func TestPageShowsALoopThatStandsStill(t *testing.T) {
	b := openBrowser(t)
	s := newScene(t)
	p, err := s.io.ProactorOf(1)
	must(t, err)
	var c proactor.Completion
	release := make(chan struct{})
	must(t, p.NextTick(&c, func(*proactor.Completion, proactor.Result) { <-release }))
	t.Cleanup(func() { close(release) })
	server := serve(t, Handler(s.io))
	b.show(server.URL, 1280, "dark")
	b.until(`document.querySelector(".notice.bad") != null`)
	wantIn(t, b.eval(`document.querySelector(".notice.bad").innerText`), "Loop 1 has stood still for", "callbacks")
	wantIn(t, b.eval(`document.querySelector("table.operations tbody").innerText`), "stalled")
	b.screenshot("page-stalled")
	b.show(server.URL, 360, "light")
	b.screenshot("page-stalled-phone")
	b.wantAtHome(server.URL)
}

// Without script the page is whole, and its links and the form do what the script does.
func TestPageWithoutScript(t *testing.T) {
	b := openBrowser(t)
	s := newScene(t)
	server := serve(t, Handler(s.io))
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	b.show(server.URL, 1280, "light")
	rows := b.eval(`document.querySelectorAll("table.operations tbody tr").length`)
	if b.eval(`document.getElementById("pause").hidden`) != "true" || rows < "7" {
		t.Errorf("%s rows, and a button that does nothing", rows)
	}
	b.screenshot("page-noscript")
	b.eval(`document.querySelector('a[data-sort=size]').click()`)
	b.until(`location.search.includes("sort=size") && document.querySelector('th[aria-sort]').innerText.startsWith("Size")`)
	b.eval(`document.querySelector("input[name=find]").value = "database"; document.querySelector("form button").click()`)
	b.until(`document.querySelectorAll("table.operations tbody tr").length == 1`)
	b.wantAtHome(server.URL)
}
