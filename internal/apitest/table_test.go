package apitest

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

var update = flag.Bool("update", false, "write the table into docs/API.md")

const (
	root   = "../.."
	marker = "<!-- What follows is written by go test ./internal/apitest -update -->\n"
)

// Every name of net and os has a counterpart with its signature, is used as it is, or
// has a way round; and docs/API.md says so.
func TestEveryNameOfNetAndOS(t *testing.T) {
	packages, err := load(root, "net", "os", awaitPath)
	if err != nil {
		t.Fatal(err)
	}
	names := append(namesOf(packages["net"]), namesOf(packages["os"])...)
	table := judge(names, namesOf(packages[awaitPath]))
	for _, complaint := range table.complaints {
		t.Error(complaint)
	}
	if release := runtime.Version(); release != pinned && !strings.HasPrefix(release, pinned+".") {
		t.Logf("the table is of %s, this is %s: %d names differ: %q", pinned, release, len(table.unknown), table.unknown)
		return
	}
	for _, unknown := range table.unknown {
		t.Error(unknown)
	}
	if t.Failed() {
		return
	}
	file := filepath.Join(root, "docs", "API.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	prose, written, _ := strings.Cut(string(text), marker)
	if want := "\n" + table.markdown(); written != want {
		if !*update {
			t.Fatal("docs/API.md is not what the packages have: go test ./internal/apitest -update")
		}
		if err := os.WriteFile(file, []byte(prose+marker+want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The comparison can fail in each of its ways.
func TestJudgeCanFail(t *testing.T) {
	dial := name{"net", "DialTCP", "func", "func()"}
	read := name{"net", "TCPConn.Read", "method", "func()"}
	for _, c := range []struct {
		what        string
		name, await []name
		want        string
	}{
		{"a function that nobody has decided about", []name{{"net", "New", "func", "func()"}}, nil, "net.New is not decided about"},
		{"a type that nobody has decided about", []name{{"os", "New", "type", ""}}, nil, "os.New is not decided about"},
		{"a method that is gone", []name{read}, nil, "net.TCPConn.Read has no counterpart"},
		{"a function with another signature", []name{{"net", "ListenTCP", "func", "func()"}}, []name{{"await", "ListenTCP", "func", "func(int)"}}, "net.ListenTCP differs"},
		{"a method with another signature", []name{read}, []name{{"await", "Conn.Read", "method", "func(int)"}}, "net.TCPConn.Read differs"},
		{"a function said not to be here", []name{{"net", "DialIP", "func", "func()"}}, []name{{"await", "DialIP", "func", "func()"}}, "net.DialIP is said not to be here"},
		{"a type said not to be here", []name{{"net", "IPConn", "type", ""}}, []name{{"await", "IPConn", "type", ""}}, "net.IPConn is said not to be here"},
		{"a function said to be net's own", []name{{"net", "LookupMX", "func", "func()"}}, []name{{"await", "LookupMX", "func", "func()"}}, "net.LookupMX is said to be net's own"},
		{"a decision about nothing", nil, nil, "net.FileConn is decided about and not there"},
	} {
		table := judge(c.name, c.await)
		all := append(table.complaints, table.unknown...)
		found := false
		for _, complaint := range all {
			found = found || strings.HasPrefix(complaint, c.want)
		}
		if !found {
			t.Errorf("%s: got %q, want %q", c.what, table.complaints, c.want)
		}
	}
	if table := judge([]name{dial}, []name{{"await", "DialTCP", "func", "func()"}}); len(table.complaints) > 0 {
		t.Errorf("a counterpart: got %q", table.complaints)
	}
}
