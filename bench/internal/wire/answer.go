package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// A Child is what answers the parent's questions. A question whose function is
// nil is refused.
type Child struct {
	Hello    Hello
	Counters func() (Counters, error)
	Run      func(d time.Duration) (Window, error)
}

// Answer says hello and answers the questions in r until it ends.
func Answer(r io.Reader, w io.Writer, c Child) error {
	in, out := json.NewDecoder(r), json.NewEncoder(w)
	if err := out.Encode(reply{Hello: &c.Hello}); err != nil {
		return err
	}
	for {
		var q request
		if err := in.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the parent's question: %w", err)
		}
		if err := out.Encode(c.answer(q)); err != nil {
			return err
		}
	}
}

func (c Child) answer(q request) reply {
	switch {
	case q.Counters && c.Counters != nil:
		counters, err := c.Counters()
		return reply{Counters: &counters, Error: text(err)}
	case q.Run > 0 && c.Run != nil:
		window, err := c.Run(q.Run)
		return reply{Window: &window, Error: text(err)}
	}
	return reply{Error: fmt.Sprintf("this process cannot answer %+v", q)}
}

// Fail tells the parent instead of Hello that there is no child.
func Fail(w io.Writer, err error) {
	_ = json.NewEncoder(w).Encode(reply{Error: text(err)}) // nobody is left to tell
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
