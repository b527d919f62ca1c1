package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

func TestAwaitHasWhatTheTableSays(t *testing.T) {
	for name, form := range files {
		want, err := generate(form)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", "await", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("await/%s is not what the table says: run make generate", name)
		}
	}
}

func TestParseFindsEachMethod(t *testing.T) {
	all, err := parse()
	if err != nil {
		t.Fatal(err)
	}
	if want := reflect.TypeFor[operations]().NumMethod(); len(all) != want {
		t.Errorf("%d operations of %d", len(all), want)
	}
	for _, o := range all {
		if o.Name == "RecvWithTimeout" {
			o.Doc = ""
			want := operation{
				Name: "RecvWithTimeout", Params: "fd int, buf []byte, flags int, d time.Duration",
				Args: "fd, buf, flags, d, ", FD: "fd", Result: "received",
			}
			if o != want || o.Call() != "recv" {
				t.Errorf("got %#v, named %q", o, o.Call())
			}
		}
	}
}
