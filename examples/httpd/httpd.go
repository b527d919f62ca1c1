// Command httpd serves the files of a directory over HTTP.
//
//	httpd [-addr :8080] [-tls-cert file -tls-key file] [-grace 10s] dir
//
// It is net/http's file server, on this module's listener and files: it sends
// index.html for a directory or else a list of what is in it, answers requests
// for ranges, and tells clients whose copy is up to date so.
//
// Nothing outside dir is served. A symbolic link is followed if it leads to
// something inside dir, and is forbidden (403) if it leads out, if it is absolute,
// and if it leads to what is neither a file nor a directory. All else in dir is
// served, files whose names begin with a dot too.
//
// Each request leaves one line in the Common Log Format on the standard output;
// what goes wrong is told on the standard error. A client may take as long as it
// likes to receive a file, but is cut off when it takes nothing for a minute.
//
// SIGINT and SIGTERM end httpd: it listens no longer, and requests under way have
// the time of -grace to finish, after which they are cut. A second signal ends it
// at once. The exit status is 0, or 1 if it cannot serve, or 2 if the command line
// makes no sense.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/internal/cli"
)

func main() {
	log.SetFlags(0)
	h, address, dir := commandLine()
	if err := h.run(cli.Interruptible(), address, dir); err != nil {
		log.Fatal(err)
	}
}

// An httpd is what the command line asks for.
type httpd struct {
	cert, key string // paths; none for plain HTTP
	grace     time.Duration
	access    *log.Logger
}

func commandLine() (h *httpd, address, dir string) {
	cli.About("Serves the files of dir over HTTP.")
	h = &httpd{access: log.New(os.Stdout, "", 0)}
	flag.StringVar(&address, "addr", ":8080", "host:port to listen on; without a host, all addresses of the machine")
	flag.StringVar(&h.cert, "tls-cert", "", "certificate to serve HTTPS with, a PEM file")
	flag.StringVar(&h.key, "tls-key", "", "key of the certificate, a PEM file")
	flag.DurationVar(&h.grace, "grace", 10*time.Second, "how much time requests have to finish when httpd is stopped")
	args := cli.Arguments("[flags] dir", 1)
	if (h.cert == "") != (h.key == "") {
		cli.Refuse("-tls-cert and -tls-key go together")
	}
	if h.grace < 0 {
		cli.Refuse("-grace may not be negative")
	}
	return h, address, args[0]
}

func (h *httpd) run(ctx context.Context, address, dir string) error {
	files, err := openTree(dir)
	if err != nil {
		return fmt.Errorf("%w: name a directory to serve", err)
	}
	defer files.Close()
	server, err := h.server(files)
	if err != nil {
		return err
	}
	l, err := await.Listen("tcp", address)
	if err != nil {
		return cli.WithHint(err)
	}
	log.Printf("serving %s on %s://%v", dir, h.scheme(), l.Addr())
	return h.serve(ctx, server, l)
}

func (h *httpd) scheme() string {
	if h.cert != "" {
		return "https"
	}
	return "http"
}
