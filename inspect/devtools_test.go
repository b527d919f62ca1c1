//go:build linux

package inspect

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// A browser is a headless Chromium that a test drives through its DevTools protocol, over the
// two pipes of --remote-debugging-pipe: messages of JSON, each with a NUL behind it.
type browser struct {
	t       testing.TB
	to      *os.File
	session string
	from    chan message

	mu       sync.Mutex
	id       int
	requests []string // what pages asked for
	messages []string // of the console and the log: violations of the policy are there
}

type message struct {
	ID     int             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// openBrowser starts one for t, or skips t where there is none.
func openBrowser(t testing.TB) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium on this machine: apt install chromium")
	}
	commands, to, err := os.Pipe()
	must(t, err)
	from, answers, err := os.Pipe()
	must(t, err)
	cmd := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{commands, answers}
	must(t, cmd.Start())
	must(t, errors.Join(commands.Close(), answers.Close()))
	b := &browser{t: t, to: to, from: make(chan message)}
	var reading sync.WaitGroup
	reading.Go(func() { b.read(from) })
	t.Cleanup(func() {
		b.session = ""
		b.call("Browser.close", nil)
		_ = to.Close()
		go func() { // what still comes
			for range b.from {
			}
		}()
		reading.Wait()
		_ = cmd.Wait() // it is told to end, and how it does is its own affair
	})
	b.attach()
	return b
}

// attach opens a tab.
func (b *browser) attach() {
	var target struct{ TargetID string }
	b.get("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.get("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil)
	}
}

// read takes answers and events until the browser ends.
func (b *browser) read(from *os.File) {
	defer close(b.from)
	defer from.Close()
	r := bufio.NewReader(from)
	for {
		raw, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(raw[:len(raw)-1], &m) != nil {
			return
		}
		if m.ID != 0 {
			b.from <- m
			continue
		}
		b.event(m)
	}
}

func (b *browser) event(m message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch m.Method {
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		_ = json.Unmarshal(m.Params, &p)
		b.requests = append(b.requests, p.Request.URL)
	case "Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled":
		b.messages = append(b.messages, string(m.Params))
	}
}

// call has the browser do something, and returns its answer.
func (b *browser) call(method string, params any) json.RawMessage {
	b.t.Helper()
	m := b.ask(method, params)
	if m.Error != nil {
		b.t.Fatalf("%s: %s", method, m.Error.Message)
	}
	return m.Result
}

// ask is call for what may fail.
func (b *browser) ask(method string, params any) message {
	b.t.Helper()
	b.id++
	raw, err := json.Marshal(map[string]any{"id": b.id, "method": method, "params": params, "sessionId": b.session})
	if b.session == "" {
		raw, err = json.Marshal(map[string]any{"id": b.id, "method": method, "params": params})
	}
	must(b.t, err)
	_, err = b.to.Write(append(raw, 0))
	must(b.t, err)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case m := <-b.from:
		return m
	case <-timer.C:
		b.t.Fatalf("%s: no answer", method)
	}
	return message{}
}

func (b *browser) get(method string, params, to any) {
	b.t.Helper()
	must(b.t, json.Unmarshal(b.call(method, params), to))
}

// eval is the value of an expression on the page, as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Text string }
	}
	b.get("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true}, &answer)
	if answer.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, answer.ExceptionDetails.Text)
	}
	return fmt.Sprint(answer.Result.Value)
}

// show loads a page in a window of the given width, light or dark.
func (b *browser) show(url string, width int, scheme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
	b.call("Page.navigate", map[string]any{"url": url})
	b.until(`document.readyState == "complete" && location.href != "about:blank" && document.getElementById("live") != null`)
}

// until waits until an expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); !b.holds(expression); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("not within %v: %s", patience, expression)
		}
	}
}

// holds reports whether an expression is true; on a page that is being left it is not.
func (b *browser) holds(expression string) bool {
	b.t.Helper()
	var answer struct{ Result struct{ Value any } }
	m := b.ask("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
	return m.Error == nil && json.Unmarshal(m.Result, &answer) == nil && answer.Result.Value == true
}

// screenshot writes what the page looks like into the directory that AWAITIO_SCREENSHOTS
// names, if it names one.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv("AWAITIO_SCREENSHOTS")
	if dir == "" {
		return
	}
	var shot struct{ Data string }
	b.get("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	must(b.t, err)
	must(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}
