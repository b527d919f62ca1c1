package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/awaitio/awaitio/inspect"
)

// runTop shows what goes on in a program: on a terminal as a screen that is drawn anew, and
// elsewhere, or with -once, as text.
func runTop(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("awaitio top", flag.ContinueOnError)
	flags.SetOutput(stderr)
	once := flags.Bool("once", false, "print once, and end")
	every := flags.Duration("every", time.Second, "how often to look")
	find := flags.String("find", "", "only what has this in its path, address, label, state or kind")
	older := flags.Duration("older", 0, "only what is older")
	if err := flags.Parse(args); err != nil {
		return asUsage(err)
	}
	if flags.NArg() != 1 {
		return usageError("top wants a URL or the path of a socket, as in: awaitio top http://localhost:6060/debug/awaitio")
	}
	source, err := newSource(flags.Arg(0))
	if err != nil {
		return err
	}
	source.query = url.Values{"format": {"json"}, "find": {*find}, "older": {older.String()}}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	terminal, isTerminal := stdout.(*os.File)
	if isTerminal = isTerminal && isTTY(terminal); *once || !isTerminal {
		r, err := source.report(ctx)
		if err != nil {
			return err
		}
		return r.WriteText(stdout)
	}
	return watch(ctx, source, terminal, max(*every, 50*time.Millisecond))
}

func asUsage(err error) error {
	if err == flag.ErrHelp {
		return err
	}
	return usageError(err.Error())
}

// A source is where a program serves its page.
type source struct {
	url    url.URL
	query  url.Values
	client http.Client
}

// newSource is the source of a URL or of a unix socket's path.
func newSource(where string) (*source, error) {
	s := &source{client: http.Client{Timeout: 10 * time.Second}}
	if !strings.HasPrefix(where, "http://") && !strings.HasPrefix(where, "https://") {
		if info, err := os.Stat(where); err != nil || info.Mode().Type() != os.ModeSocket {
			return nil, usageError(fmt.Sprintf("%s is neither a URL with http:// nor a unix socket", where))
		}
		s.url = url.URL{Scheme: "http", Host: "localhost", Path: "/"}
		s.client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", where)
		}}
		return s, nil
	}
	u, err := url.Parse(where)
	if err != nil {
		return nil, usageError(err.Error())
	}
	s.url = *u
	s.client.Transport = new(http.Transport) // no proxy: that would ask from elsewhere
	return s, nil
}

// reportMost is more than a report takes: what is there may be something else.
const reportMost = 64 << 20

// report asks the program.
func (s *source) report(ctx context.Context) (r inspect.Report, err error) {
	u := s.url
	u.RawQuery = s.query.Encode()
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return r, err
	}
	answer, err := s.client.Do(ask)
	if err != nil {
		return r, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
		return r, fmt.Errorf("%s answers %s: %s", s.url.Host, answer.Status, plain(string(text)))
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, reportMost)).Decode(&r); err != nil {
		return r, fmt.Errorf("%s did not answer with a report of package inspect; is this the URL of its page? %w", s.url.Host, err)
	}
	return r, nil
}

// plain is s without what a terminal would take for a command.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
