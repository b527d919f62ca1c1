package wire

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

// pair connects a parent with a child until the test ends.
func pair(t *testing.T, c Child) *Parent {
	t.Helper()
	questions, ask := io.Pipe()
	answers, tell := io.Pipe()
	ended := make(chan error)
	go func() { ended <- Answer(questions, tell, c) }()
	p, err := Meet(answers, ask)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ask.Close()
		if err := <-ended; err != nil {
			t.Errorf("the child: %v", err)
		}
	})
	return p
}

func TestConversation(t *testing.T) {
	window := Window{Ops: 7, Elapsed: time.Second, Micros: map[string]float64{"p50": 1.5}}
	var asked time.Duration
	p := pair(t, Child{
		Hello:    Hello{Addr: "here", Backend: "io_uring"},
		Counters: func() (Counters, error) { return Counters{CPU: 5, Threads: 3}, nil },
		Run:      func(d time.Duration) (Window, error) { asked = d; return window, nil },
	})
	if want := (Hello{"here", "io_uring"}); p.Hello != want {
		t.Errorf("hello: %+v", p.Hello)
	}
	if c, err := p.Counters(); err != nil || c != (Counters{CPU: 5, Threads: 3}) {
		t.Errorf("counters: %+v, %v", c, err)
	}
	if w, err := p.Run(time.Minute); err != nil || !reflect.DeepEqual(w, window) || asked != time.Minute {
		t.Errorf("window: %+v, %v, for %v", w, err, asked)
	}
}

func TestChildsErrorReachesTheParent(t *testing.T) {
	p := pair(t, Child{Run: func(time.Duration) (Window, error) { return Window{}, errors.New("no luck") }})
	if _, err := p.Run(1); err == nil || err.Error() != "no luck" {
		t.Errorf("got %v", err)
	}
	if _, err := p.Counters(); err == nil || !strings.Contains(err.Error(), "cannot answer") {
		t.Errorf("a question that it does not know: %v", err)
	}
}

func TestMeetTellsWhyThereIsNoChild(t *testing.T) {
	var said strings.Builder
	Fail(&said, errors.New("no ring"))
	if _, err := Meet(strings.NewReader(said.String()), io.Discard); err == nil || err.Error() != "no ring" {
		t.Errorf("got %v", err)
	}
	for _, said := range []string{"", "nonsense", `{"Window":{}}`} {
		if _, err := Meet(strings.NewReader(said), io.Discard); err == nil {
			t.Errorf("met somebody who said %q", said)
		}
	}
}
