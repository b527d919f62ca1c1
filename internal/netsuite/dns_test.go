//go:build unix

package netsuite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/awaitio/awaitio/await"
)

// Package net's resolver and a name server, both on sockets of this package.

// A nameServer knows the names that end in "test.", and answers over UDP and TCP.
type nameServer struct {
	udp       net.PacketConn
	tcp       net.Listener
	udpAsked  atomic.Int64
	tcpAsked  atomic.Int64
	truncates bool // answers over UDP say that the rest is to be had over TCP
	lies      bool // something that is no answer comes before each answer over UDP
	mute      bool
}

// serveNames starts s, which ends with t.
func serveNames(t *testing.T, aio *await.IO, s *nameServer) {
	t.Helper()
	var err error
	s.udp, err = aio.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	s.tcp, err = aio.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var serving sync.WaitGroup
	serving.Go(s.serveUDP)
	serving.Go(func() { s.serveTCP(&serving) })
	t.Cleanup(func() {
		must(t, errors.Join(s.udp.Close(), s.tcp.Close()))
		serving.Wait()
	})
}

func (s *nameServer) serveUDP() {
	p := make([]byte, 4096)
	for {
		n, from, err := s.udp.ReadFrom(p)
		if err != nil {
			return
		}
		s.udpAsked.Add(1)
		if s.mute {
			continue
		}
		if s.lies {
			_, _ = s.udp.WriteTo([]byte("no answer at all"), from)
			wrong := s.answer(p[:n], false)
			wrong[0] ^= 0xff // the answer to another question
			_, _ = s.udp.WriteTo(wrong, from)
		}
		_, _ = s.udp.WriteTo(s.answer(p[:n], s.truncates), from) // the asker may have gone
	}
}

func (s *nameServer) serveTCP(serving *sync.WaitGroup) {
	for {
		c, err := s.tcp.Accept()
		if err != nil {
			return
		}
		serving.Go(func() {
			defer c.Close()
			for s.serveOne(c) == nil {
			}
		})
	}
}

// serveOne answers one question of a connection.
func (s *nameServer) serveOne(c net.Conn) error {
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return err
	}
	question := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, question); err != nil {
		return err
	}
	s.tcpAsked.Add(1)
	answer := s.answer(question, false)
	_, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	return err
}

// answer is the message that answers message. A truncated one has no records.
func (s *nameServer) answer(message []byte, truncated bool) []byte {
	var asked dnsmessage.Message
	if err := asked.Unpack(message); err != nil || len(asked.Questions) != 1 {
		panic(fmt.Sprintf("a question that is none: %v", err))
	}
	q := asked.Questions[0]
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: asked.ID, Response: true, Authoritative: true, RecursionDesired: asked.RecursionDesired,
			RecursionAvailable: true, Truncated: truncated,
		},
		Questions: asked.Questions,
	}
	bodies, known := records(q)
	if !known {
		reply.RCode = dnsmessage.RCodeNameError
	}
	for _, b := range bodies {
		if truncated {
			break
		}
		reply.Answers = append(reply.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}, Body: b,
		})
	}
	packed, err := reply.Pack()
	if err != nil {
		panic(err)
	}
	return packed
}

const longTexts = 40 // too many for a datagram

func longText(i int) string { return fmt.Sprintf("%d:%s", i, strings.Repeat("x", 200)) }

// records are what there is of the kind asked for, and whether the name is known.
func records(q dnsmessage.Question) (bodies []dnsmessage.ResourceBody, known bool) {
	name := q.Name.String()
	if strings.HasSuffix(name, ".in-addr.arpa.") {
		return []dnsmessage.ResourceBody{&dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("host.test.")}}, true
	}
	if !strings.HasSuffix(name, "test.") || strings.HasPrefix(name, "none.") {
		return nil, false
	}
	switch q.Type {
	case dnsmessage.TypeA:
		return []dnsmessage.ResourceBody{&dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}, true
	case dnsmessage.TypeAAAA:
		return []dnsmessage.ResourceBody{&dnsmessage.AAAAResource{AAAA: [16]byte(net.ParseIP("2001:db8::1"))}}, true
	case dnsmessage.TypeMX:
		return []dnsmessage.ResourceBody{&dnsmessage.MXResource{Pref: 7, MX: dnsmessage.MustNewName("mail.test.")}}, true
	case dnsmessage.TypeSRV:
		return []dnsmessage.ResourceBody{&dnsmessage.SRVResource{Priority: 1, Weight: 2, Port: 3, Target: dnsmessage.MustNewName("host.test.")}}, true
	case dnsmessage.TypeTXT:
		if name != "long.test." {
			return []dnsmessage.ResourceBody{&dnsmessage.TXTResource{TXT: []string{"about ", name}}}, true
		}
		for i := range longTexts {
			bodies = append(bodies, &dnsmessage.TXTResource{TXT: []string{longText(i)}})
		}
	}
	return bodies, true
}

// resolver is package net's, and asks s through connections of aio.
func (s *nameServer) resolver(t *testing.T, aio *await.IO) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		d := await.Dialer{IO: aio}
		if strings.HasPrefix(network, "tcp") {
			return d.DialContext(ctx, network, s.tcp.Addr().String())
		}
		c, err := d.DialContext(ctx, network, s.udp.LocalAddr().String())
		if _, ok := c.(net.PacketConn); err == nil && !ok {
			t.Errorf("a connection by %s is a %T: the resolver takes it for a stream", network, c)
		}
		return c, err
	}}
}

func TestResolverOverDatagrams(t *testing.T) {
	aio := open(t)
	s := &nameServer{}
	serveNames(t, aio, s)
	wantNames(t, s.resolver(t, aio))
	if udp, tcp := s.udpAsked.Load(), s.tcpAsked.Load(); udp < 7 || tcp != 0 {
		t.Errorf("%d questions came by UDP and %d by TCP, want 7 or more and none", udp, tcp)
	}
}

func TestResolverGoesOnOverTCPWhenAnAnswerIsTruncated(t *testing.T) {
	aio := open(t)
	s := &nameServer{truncates: true}
	serveNames(t, aio, s)
	r := s.resolver(t, aio)
	wantNames(t, r)
	texts, err := r.LookupTXT(t.Context(), "long.test.")
	must(t, err)
	if len(texts) != longTexts {
		t.Fatalf("got %d texts, want %d", len(texts), longTexts)
	}
	for i, text := range texts {
		if text != longText(i) {
			t.Errorf("text %d is %q", i, text)
		}
	}
	// Every question but those after unknown names is asked both ways.
	if udp, tcp := s.udpAsked.Load(), s.tcpAsked.Load(); udp < 8 || tcp < 8 {
		t.Errorf("%d questions came by UDP and %d by TCP, want 8 or more", udp, tcp)
	}
}

func TestResolverIgnoresWhatIsNoAnswer(t *testing.T) {
	aio := open(t)
	s := &nameServer{lies: true}
	serveNames(t, aio, s)
	wantNames(t, s.resolver(t, aio))
}

// wantNames looks up a name of each kind.
func wantNames(t *testing.T, r *net.Resolver) {
	t.Helper()
	ips, err := r.LookupIP(t.Context(), "ip", "host.test.")
	must(t, err)
	var found []string
	for _, ip := range ips {
		found = append(found, ip.String())
	}
	slices.Sort(found)
	if want := []string{"127.0.0.1", "2001:db8::1"}; !slices.Equal(found, want) {
		t.Errorf("got addresses %q, want %q", found, want)
	}
	mx, err := r.LookupMX(t.Context(), "test.")
	must(t, err)
	if len(mx) != 1 || *mx[0] != (net.MX{Host: "mail.test.", Pref: 7}) {
		t.Errorf("got MX %v", mx)
	}
	_, srv, err := r.LookupSRV(t.Context(), "service", "tcp", "test.")
	must(t, err)
	if len(srv) != 1 || *srv[0] != (net.SRV{Target: "host.test.", Port: 3, Priority: 1, Weight: 2}) {
		t.Errorf("got SRV %v", srv)
	}
	names, err := r.LookupAddr(t.Context(), "192.0.2.1")
	must(t, err)
	if !slices.Equal(names, []string{"host.test."}) {
		t.Errorf("got names %q", names)
	}
	texts, err := r.LookupTXT(t.Context(), "text.test.")
	must(t, err)
	if !slices.Equal(texts, []string{"about text.test."}) {
		t.Errorf("got texts %q", texts)
	}
	_, err = r.LookupHost(t.Context(), "none.test.")
	if failed, ok := dnsError(err); !ok || !failed.IsNotFound || failed.IsTimeout {
		t.Errorf("an unknown name: got error %v", err)
	}
}

func TestResolverGivesUpOnASilentServer(t *testing.T) {
	aio := open(t)
	s := &nameServer{mute: true}
	serveNames(t, aio, s)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := s.resolver(t, aio).LookupHost(ctx, "host.test.")
	if failed, ok := dnsError(err); !ok || !failed.IsTimeout || failed.IsNotFound {
		t.Errorf("got error %v, want a timeout", err)
	}
	if elapsed := time.Since(start); elapsed < 90*time.Millisecond || elapsed > time.Minute {
		t.Errorf("it took %v", elapsed)
	}
}

func TestResolverAsksManyAtOnce(t *testing.T) {
	for name, truncates := range map[string]bool{"by UDP": false, "by TCP": true} {
		t.Run(name, func(t *testing.T) {
			aio := open(t)
			s := &nameServer{truncates: truncates}
			serveNames(t, aio, s)
			r := s.resolver(t, aio)
			var asking sync.WaitGroup
			for i := range 50 {
				asking.Go(func() {
					host := fmt.Sprintf("%d.test.", i)
					texts, err := r.LookupTXT(t.Context(), host)
					if err != nil || !slices.Equal(texts, []string{"about " + host}) {
						t.Errorf("%s: got %q, %v", host, texts, err)
					}
				})
			}
			asking.Wait()
		})
	}
}

// The Dialer has names resolved, and the Resolver has the Dialer ask for them.
func TestDialOfANameThatOurDialerResolves(t *testing.T) {
	aio := open(t)
	s := &nameServer{truncates: true}
	serveNames(t, aio, s)
	l, err := aio.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	d := await.Dialer{IO: aio, Resolver: s.resolver(t, aio)}
	a, err := d.DialContext(t.Context(), "tcp4", net.JoinHostPort("host.test.", port))
	must(t, err)
	defer a.Close()
	b, err := l.Accept()
	must(t, err)
	defer b.Close()
	_, err = a.Write([]byte("hello"))
	must(t, err)
	p := make([]byte, 16)
	if n, err := b.Read(p); err != nil || string(p[:n]) != "hello" {
		t.Errorf("got %q, %v", p[:n], err)
	}
}

func dnsError(err error) (failed *net.DNSError, ok bool) { return failed, errors.As(err, &failed) }
