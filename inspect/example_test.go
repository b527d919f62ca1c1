package inspect_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/inspect"
)

// The page beside a program's other debug pages, for this machine only.
func ExampleHandler() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer aio.Close()
	mux := http.NewServeMux()
	mux.Handle("/debug/awaitio", inspect.Handler(aio))

	r := httptest.NewRequest(http.MethodGet, "http://localhost:6060/debug/awaitio?format=json", nil)
	r.RemoteAddr = "127.0.0.1:4711"
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, r)
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))
	r.RemoteAddr = "192.0.2.1:4711"
	answer = httptest.NewRecorder()
	mux.ServeHTTP(answer, r)
	fmt.Println(answer.Code)
	// Output:
	// 200 application/json
	// 403
}

// Slow calls and loops that stand still, in the program's log.
func ExampleLogTo() {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	aio, err := await.Start(await.Config{OnNotice: inspect.LogTo(logger)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(aio.Close())
	// Output: <nil>
}

// The page through a socket that only the program's user may open.
func ExampleServeUnix() {
	ctx, stop := context.WithCancel(context.Background())
	stop() // a program has it run until it ends
	fmt.Println(inspect.ServeUnix(ctx, fmt.Sprintf("%s/awaitio-%d.sock", os.TempDir(), os.Getpid())))
	// Output: <nil>
}

// The counts among the program's other variables.
func ExampleExpvar() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer aio.Close()
	inspect.Expvar("awaitio", aio)
	// Output:
}

// The page behind a program's own rules of access, and its content as other Go programs read it.
func ExampleOptions() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer aio.Close()
	page := inspect.Options{Allow: func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer secret" }}.Handler(aio)
	r := httptest.NewRequest(http.MethodGet, "/?format=json", nil)
	r.Header.Set("Authorization", "Bearer secret")
	answer := httptest.NewRecorder()
	page.ServeHTTP(answer, r)

	var report inspect.Report
	if err := json.NewDecoder(answer.Body).Decode(&report); err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.PID == os.Getpid(), len(report.IOs), report.IOs[0].Backend == aio.Backend())
	fmt.Println(report.WriteText(io.Discard)) // the same as text, as for a terminal
	// Output:
	// true 1 true
	// <nil>
}

// What a program waits for, as its own monitor reads it: here a read of a pipe.
func ExampleIOReport() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer aio.Close()
	r, w, err := aio.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	r.SetLabel("inbox")
	read := make(chan error, 1)
	go func() {
		_, err := r.Read(make([]byte, 64))
		read <- err
	}()
	page := inspect.Options{Allow: func(*http.Request) bool { return true }}.Handler(aio)
	var state inspect.IOReport
	for len(state.Operations) == 0 { // the read has not begun yet
		answer := httptest.NewRecorder()
		page.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/?format=json", nil))
		var report inspect.Report
		if err := json.NewDecoder(answer.Body).Decode(&report); err != nil {
			log.Fatal(err)
		}
		state = report.IOs[0]
	}
	for _, o := range state.Operations {
		fmt.Println(o.Op, o.Where())
	}
	for _, m := range state.Mounts {
		if trouble := m.Trouble(); trouble != "" {
			fmt.Println(trouble)
		}
	}
	fmt.Println(w.Close(), <-read)
	// Output:
	// read |0 [inbox]
	// <nil> EOF
}
