//go:build unix

package inspect

import (
	"bytes"
	"testing"
	"time"
)

// A mount that does not answer is named first, with its server, how many calls are stuck and since
// when; one that is well is in the table alone.
func TestMountsAreShown(t *testing.T) {
	r := Report{IOs: []IOReport{{Backend: "io_uring", Mounts: []Mount{
		{Mount: "/mnt/<dead>", Type: "nfs4", Source: "srv:/a", Health: "refusing", Stuck: 16, Oldest: 192 * time.Second, Refused: 7},
		{Mount: "/mnt/slow", Type: "fuse.x", Source: "x", Health: "late", Running: 3},
		{Mount: "/mnt/well", Type: "nfs4", Source: "srv:/b", Health: "well", Running: 1},
	}}}}
	var html, text bytes.Buffer
	must(t, writePage(&html, query{}, r))
	must(t, r.WriteText(&text))
	wantIn(t, html.String(), "/mnt/&lt;dead&gt; does not answer: 16 calls stuck, the oldest for 3m12s.", "nfs4 of srv:/a; calls on it are refused at once",
		"/mnt/slow does not answer.", "/mnt/well</td>")
	if bytes.Contains(html.Bytes(), []byte("/mnt/well does not")) || bytes.Contains(html.Bytes(), []byte("<dead>")) {
		t.Errorf("the page says\n%s", &html)
	}
	wantIn(t, text.String(), "/mnt/<dead> does not answer: 16 calls stuck, the oldest for 3m12s (nfs4 of srv:/a)", "/mnt/slow does not answer (fuse.x of x)", "refusing")
}
