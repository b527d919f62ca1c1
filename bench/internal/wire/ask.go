package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// A Parent asks a child.
type Parent struct {
	Hello Hello
	in    *json.Decoder
	out   *json.Encoder
}

// Meet waits for the child's Hello.
func Meet(r io.Reader, w io.Writer) (*Parent, error) {
	p := &Parent{in: json.NewDecoder(r), out: json.NewEncoder(w)}
	answer, err := p.next()
	if err != nil {
		return nil, err
	}
	if answer.Hello == nil {
		return nil, errors.New("the process did not say hello")
	}
	p.Hello = *answer.Hello
	return p, nil
}

// Counters asks what the child has used.
func (p *Parent) Counters() (Counters, error) {
	answer, err := p.ask(request{Counters: true})
	if err != nil || answer.Counters == nil {
		return Counters{}, missing(err, "counters")
	}
	return *answer.Counters, nil
}

// Run has the child work for d.
func (p *Parent) Run(d time.Duration) (Window, error) {
	answer, err := p.ask(request{Run: d})
	if err != nil || answer.Window == nil {
		return Window{}, missing(err, "window")
	}
	return *answer.Window, nil
}

func missing(err error, what string) error {
	if err == nil {
		err = fmt.Errorf("the process answered without a %s", what)
	}
	return err
}

func (p *Parent) ask(q request) (reply, error) {
	if err := p.out.Encode(q); err != nil {
		return reply{}, fmt.Errorf("ask the process: %w", err)
	}
	return p.next()
}

func (p *Parent) next() (reply, error) {
	var answer reply
	if err := p.in.Decode(&answer); err != nil {
		return reply{}, fmt.Errorf("the process ended instead of answering: %w", err)
	}
	if answer.Error != "" {
		return reply{}, errors.New(answer.Error)
	}
	return answer, nil
}
