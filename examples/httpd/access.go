package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"time"
)

// logged has next answer, and leaves a line for each request.
func logged(access *log.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		answer := &recorder{ResponseWriter: w, control: http.NewResponseController(w), status: http.StatusOK}
		defer func() { access.Print(line(r, begin, answer)) }()
		next.ServeHTTP(answer, r)
	})
}

// line is in the Common Log Format. What comes from the client is quoted: it may
// contain anything.
func line(r *http.Request, begin time.Time, answer *recorder) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = "-"
	}
	request := fmt.Sprintf("%s %s %s", r.Method, r.RequestURI, r.Proto)
	return fmt.Sprintf("%s - - [%s] %q %d %d", host, begin.Format("02/Jan/2006:15:04:05 -0700"),
		request, answer.status, answer.bytes)
}

// stallMax is how long a client may take nothing.
const stallMax = time.Minute

// A recorder remembers what was answered, and cuts off clients that do not take
// it.
type recorder struct {
	http.ResponseWriter
	control *http.ResponseController
	status  int
	bytes   int64
}

func (r *recorder) WriteHeader(status int) {
	if status >= http.StatusOK { // what comes before are hints
		r.status = status
	}
	r.putOff()
	r.ResponseWriter.WriteHeader(status)
}

// Write gives the client time for each part of the answer, however many there
// are.
func (r *recorder) Write(p []byte) (int, error) {
	r.putOff()
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// putOff moves the deadline of the connection. Where that fails, so will the
// write.
func (r *recorder) putOff() { _ = r.control.SetWriteDeadline(time.Now().Add(stallMax)) }

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
