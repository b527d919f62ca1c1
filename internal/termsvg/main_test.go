package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

func TestPicture(t *testing.T) {
	svg := picture([]string{"$ client <x>", "    in & out", "ok: done"})
	for _, want := range []string{
		`class="command"`, "client &lt;x&gt;<",
		`class="output"`, ">    in &amp; out<",
		`class="ok"`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("got %s, want %s", svg, want)
		}
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("not XML: %v", err)
		}
	}
}
