package repotest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

func TestRepository(t *testing.T) {
	tree, err := load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		t.Run(strings.ReplaceAll(r.name, " ", "-"), func(t *testing.T) {
			for _, complaint := range r.check(tree) {
				t.Error(complaint)
			}
		})
	}
}

// root finds the directory of this module's go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || parent == dir {
			t.Fatalf("find the module's root: %v", err)
		}
		dir = parent
	}
}

// A sample is a tree of a few files, and a part of the one complaint the
// rule must have about it; none if it is fine.
type sample struct {
	rule  func(*tree) []string
	files map[string]string
	want  string
}

func one(path, src string) map[string]string { return map[string]string{path: src} }

// architecture is a tree of a package and docs/ARCHITECTURE.md.
func architecture(doc string) map[string]string {
	return map[string]string{
		"a/a.go":               "package a\ntype T struct{ field int }\ntype U int\nvar v int\nfunc (t *T) m() {}\nfunc f() {}\n",
		"a/a_linux.go":         "package a\nfunc g() {}\n",
		"docs/ARCHITECTURE.md": doc,
	}
}

// decided is a tree of a record of a decision, their index, and a file.
func decided(index, name, src string) map[string]string {
	return map[string]string{"docs/decisions/README.md": index, "docs/decisions/a.md": "# We do\n\nWhy.\n", name: src}
}

var samples = []sample{
	{checkUnsafe, one("a/ring.go", "package a\nimport _ \"unsafe\"\n"), "a/ring.go:2: "},
	{checkUnsafe, one("a/ring_test.go", "package a\nimport _ \"unsafe\"\n"), "a/ring_test.go:2: "},
	{checkUnsafe, one("a/system.go", "package a\nimport _ \"unsafe\"\n"), ""}, // sys*.go
	{checkUnsafe, one("a/sys.go", "package a\nimport _ \"unsafe\"\n"), ""},
	{checkUnsafe, one("a/sys_linux_test.go", "package a\nimport _ \"unsafe\"\n"), ""},
	{checkUnsafe, one("a/abi_linux.go", "package a\nimport _ \"unsafe\"\n"), ""},
	{checkUnsafe, one("a/giouring_test.go", "package a\nimport _ \"unsafe\"\n"), ""},

	{checkSyscalls, one("a/a.go", "package a\nimport \"syscall\"\nvar f = syscall.Syscall6\n"), "a/a.go:3: "},
	{checkSyscalls, one("a/a.go", "package a\nimport \"syscall\"\nvar f = syscall.RawSyscall\n"), "a/a.go:3: "},
	{checkSyscalls, one("a/a.go", "package a\nimport \"golang.org/x/sys/unix\"\nvar f = unix.Syscall\n"), "a/a.go:3: "},
	{checkSyscalls, one("a/a.go", "package a\nimport u \"golang.org/x/sys/unix\"\nvar f = u.RawSyscall6\n"), "a/a.go:3: "},
	{checkSyscalls, one("a/sys.go", "package a\nimport \"syscall\"\nvar f = syscall.Syscall6\n"), ""},
	{checkSyscalls, one("a/a.go", "package a\nimport \"syscall\"\nvar f = syscall.Read\n"), ""},
	{checkSyscalls, one("a/a.go", "package a\nfunc f(unix interface{ SyscallConn() }) { unix.SyscallConn() }\n"), ""},

	{checkWords, one("proactor/a.go", "package a\nvar crowded int\n"), "crowded"},
	{checkWords, one("proactor/a.go", "package a\nfunc (x T) newStandIn() {}\n"), "newStandIn"},
	{checkWords, one("proactor/a_test.go", "package a\nfunc f() { took := 1; _ = took }\n"), "took"},
	{checkWords, one("a/hush.go", "package a\n"), "a/hush.go"},
	{checkWords, one("a/a.go", "package a\nvar inFlight, MaxInFlight, takenOver, standard, onBoarding int\n"), ""},
	{checkWords, one("await/a.go", "package a\nvar crowded int\n"), "crowded"},
	{checkWords, one("await/a_test.go", "package a\nvar crowded int\n"), "crowded"},
	{checkWords, one("internal/sim/a.go", "package a\nvar crowded int\n"), ""},

	{checkImports, one("a/a.go", "package a\nimport _ \"example.com/x\"\n"), "example.com/x"},
	{checkImports, one("a/a_test.go", "package a\nimport _ \"example.com/x\"\n"), "example.com/x"},
	{checkImports, one("a/a.go", "package a\nimport _ \"go.uber.org/goleak\"\n"), "goleak"},
	{checkImports, one("a/a.go", "package a\nimport _ \""+module+"/internal/testutil\"\n"), "testutil"},
	{checkImports, one("a/a.go", "package a\nimport _ \""+module+"/internal/backend/backendtest\"\n"), "backendtest"},
	{checkImports, one("a/a_test.go", "package a\nimport _ \"go.uber.org/goleak\"\n"), ""},
	{checkImports, one("a/a_test.go", "package a\nimport _ \""+module+"/internal/testutil\"\n"), ""},
	{checkImports, one("internal/testutil/a.go", "package a\nimport _ \"go.uber.org/goleak\"\n"), ""},
	{checkImports, one("a/a.go", "package a\nimport (\n_ \"net/http\"\n_ \"golang.org/x/sys/unix\"\n)\n"), ""},
	{checkImports, one("a/a.go", "package a\nimport _ \""+module+"/proactor\"\n"), ""},
	{checkImports, map[string]string{
		"bench/go.mod": "module x\n", "bench/a.go": "package a\nimport _ \"example.com/x\"\n",
	}, ""},
	{checkImports, map[string]string{
		"bench/go.mod": "module x\n", "benches/a.go": "package a\nimport _ \"example.com/x\"\n",
	}, "benches/a.go:2: "},

	{checkArrows, one("await/a.go", "package await\nimport _ \""+module+"/proactor\"\n"), ""},
	{checkArrows, one("await/a.go", "package await\nimport _ \""+module+"/internal/backend\"\n"), "await/a.go:2: await may not import internal/backend"},
	{checkArrows, one("proactor/a.go", "package proactor\nimport _ \""+module+"/await\"\n"), "proactor/a.go:2: proactor may not"},
	{checkArrows, one("internal/netname/a.go", "package netname\nimport _ \""+module+"/internal/socket\"\n"), "a.go:2: internal/netname may not"},
	{checkArrows, one("internal/sysfile/a_linux.go", "package sysfile\nimport _ \""+module+"/internal/race\"\n"), "a_linux.go:2: internal/sysfile may not"},
	{checkArrows, one("internal/fdcall/a.go", "package fdcall\nimport _ \""+module+"/await\"\n"), "a.go:2: internal/fdcall may not"},
	{checkArrows, one("internal/epoll/a.go", "package epoll\nimport _ \""+module+"/internal/readiness\"\n"), "a.go:2: internal/epoll may not"},
	{checkArrows, one("internal/new/a.go", "package new\n"), "a.go:1: internal/new has no place"},
	{checkArrows, one("internal/netname/a.go", "package netname\nimport _ \"net\"\nimport _ \"golang.org/x/sys/unix\"\n"), ""},
	{checkArrows, one("proactor/a_test.go", "package proactor\nimport _ \""+module+"/await\"\n"), ""},
	{checkArrows, one("examples/a/a.go", "package main\nimport _ \""+module+"/await\"\n"), ""},
	{checkArrows, one("examples/internal/a/a.go", "package a\nimport _ \""+module+"/await\"\n"), ""},
	{checkArrows, one("internal/atest/a.go", "package atest\nimport _ \""+module+"/await\"\n"), ""},

	{checkTestMain, one("a/a_test.go", "package a\n"), "a: no TestMain"},
	{checkTestMain, one("a/a_test.go", "package a\nfunc TestMain() {}\n"), "a: no TestMain"},
	{checkTestMain, one("a/a_test.go", "package a\nimport \"go.uber.org/goleak\"\nfunc TestX() { goleak.VerifyTestMain(nil) }\n"), "a: no TestMain"},
	{checkTestMain, map[string]string{
		"a/a_test.go": "package a\n",
		"a/b_test.go": "package a\nimport \"go.uber.org/goleak\"\nfunc TestMain() { goleak.VerifyTestMain(nil) }\n",
	}, ""},
	{checkTestMain, one("a/a_test.go", "package a\nimport \""+module+"/internal/testutil\"\nfunc TestMain() { testutil.Main(nil) }\n"), ""},
	{checkTestMain, one("a/a.go", "package a\n"), ""},

	{checkPools, one("a/a.go", "package a\nimport \"sync\"\nvar p sync.Pool\n"), "a/a.go:3: "},
	{checkPools, one("a/a.go", "package a\nimport \"sync\"\nvar p = &sync.Pool{}\n"), "a/a.go:3: "},
	{checkPools, one("a/a.go", "package a\nimport s \"sync\"\nvar (\nn int\np [4]s.Pool\n)\n"), "a/a.go:5: "},
	{checkPools, one("a/a.go", "package a\nimport \"sync\"\ntype t struct{ p sync.Pool }\n"), ""},
	{checkPools, one("a/a.go", "package a\nimport \"sync\"\nvar f = func() { var p sync.Pool; p.Get() }\n"), ""},

	{checkSkips, one("a/a_test.go", "package a\nfunc TestX(t T) { t.Skip() }\n"), "a/a_test.go:2: "},
	{checkSkips, one("a/a_test.go", "package a\nfunc TestX(t T) { t.SkipNow() }\n"), "a/a_test.go:2: "},
	{checkSkips, one("a/a_test.go", "package a\nfunc TestX(t T) { t.Skip(\"\") }\n"), "a/a_test.go:2: "},
	{checkSkips, one("a/a_test.go", "package a\nfunc TestX(t T) { t.Skip(\"no io_uring\") }\n"), ""},
	{checkSkips, one("a/a_test.go", "package a\nfunc TestX(t T) { t.Skipf(\"no %s\", x) }\n"), ""},

	{checkDocs, one("await/a.go", "package await\nfunc F() {}\n"), "F has no"},
	{checkDocs, one("await/a.go", "package await\n// T is.\ntype T[X any] struct{}\nfunc (t *T[X]) M() {}\n"), "M has no"},
	{checkDocs, one("proactor/a.go", "package proactor\ntype T int\n"), "T has no"},
	{checkDocs, one("timeout/a.go", "package timeout\nconst C = 1\n"), "C has no"},

	{checkExamples, one("await/a.go", "package await\nfunc F() {}\n"), "F is in no example"},
	{checkExamples, one("timeout/a.go", "package timeout\ntype T int\n"), "T is in no example"},
	{checkExamples, one("await/a.go", "package await\ntype None int\nfunc f() {}\nfunc (None) m() {}\nfunc (none) M() {}\nfunc (None) String() {}\n"), ""},
	{checkExamples, one("await/a.go", "package await\ntype None int\nfunc (*None) M() {}\n"), "no example calls the method M"},
	{checkExamples, map[string]string{
		"await/a.go": "package await\ntype None int\nfunc (None) M() {}\n", "sim/example_a_test.go": "package sim_test\nfunc Example() { x().M() }\n",
	}, ""},
	{checkExamples, map[string]string{
		"await/a.go":              "package await\ntype None int\nfunc (None) M() {}\n",
		"await/example_a_test.go": "package await_test\nimport \"os\"\nfunc Example() { os.M() }\n",
	}, "no example calls the method M"},
	{checkExamples, map[string]string{
		"await/a.go": "package await\nfunc F() {}\ntype T int\n", "await/example_a_test.go": "package await_test\nfunc ExampleT_m() { await.F() }\n",
	}, ""},
	{checkExamples, map[string]string{
		"await/a.go": "package await\nfunc FContext() {}\n", "await/example_a_test.go": "package await_test\nfunc ExampleF() { await.F() }\n",
	}, "FContext is in no example"},
	{checkExamples, map[string]string{
		"await/a.go": "package await\nfunc F() {}\n", "await/a_test.go": "package await\nfunc TestF() { F() }\n",
	}, "F is in no example"},
	{checkNamedExamples, map[string]string{
		"docs/a.md": "see `ExampleF` in [a_test.go](../await/a_test.go)\n", "await/a_test.go": "package await\nfunc ExampleF() {}\n",
	}, ""},
	{checkNamedExamples, map[string]string{
		"docs/a.md": "see `ExampleF` in [b_test.go](../await/b_test.go)\n", "await/a_test.go": "package await\nfunc ExampleF() {}\n",
	}, "ExampleF is in none of the files"},
	{checkNamedExamples, one("docs/a.md", "see `ExampleG` in [a_test.go](../await/a_test.go)\n"), "ExampleG is in none of the files"},
	{checkDocs, one("timeout/a.go", "package timeout\nvar a, V = 1, 2\n"), "V has no"},
	{checkDocs, one("await/a.go", "package await\n// Config is.\ntype Config struct{ F int }\n"), "F has no"},
	{checkDocs, one("await/a.go", "package await\n// T is.\ntype T interface{ M() }\n"), "M has no"},
	{checkDocs, one("await/a.go", "package await\n// Both are.\nconst (\nA = 1\nB = 2\n)\n"), ""},
	{checkDocs, one("await/a.go", "package await\n// Config is.\ntype Config struct {\n// F is.\nF int\nG int // G is.\n}\n"), ""},
	{checkDocs, one("await/a.go", "package await\n// T has F.\ntype T struct{ F int }\n"), ""},
	{checkDocs, one("await/a.go", "package await\nfunc f() {}\ntype t int\nfunc (t) M() {}\n"), ""},
	{checkDocs, one("await/a_test.go", "package await\nfunc F() {}\n"), ""},
	{checkDocs, one("internal/a/a.go", "package a\nfunc F() {}\n"), ""},

	{checkNames, one("a/a.go", "package a\n// Running is it.\nfunc (t T) running() {}\n"), "a/a.go:3: the comment of running says Running"},
	{checkNames, one("a/a.go", "package a\n// A Thing is it.\ntype thing int\n"), "thing says Thing"},
	{checkNames, one("a/a.go", "package a\n// Max is it.\nconst max = 1\n"), "max says Max"},
	{checkNames, one("a/a.go", "package a\n// f is it.\nfunc f() {}\n// How many.\nconst (\na = 1\n)\n"), ""},

	{checkReadme, one("README.md", strings.Repeat("x\n", 151)), "151 lines"},
	{checkReadme, one("README.md", strings.Repeat("x\n", 150)), ""},
	{checkReadme, one("docs/README.md", strings.Repeat("x\n", 151)), ""},

	{checkArchitecture, architecture("`a/a.go`, `a/`, `internal/a` and `a/*_linux.go`"), "ARCHITECTURE.md: there is no internal/a"},
	{checkArchitecture, architecture("`b/a.go`"), "there is no b/a.go"},
	{checkArchitecture, architecture("`a/b*.go`"), "there is no a/b*.go"},
	{checkArchitecture, architecture("`a/a.go`: `f`, `T.m`,\n`x`, and `a/a_linux.go`: `g`"), "a/a.go has no x"},
	{checkArchitecture, architecture("`a/a.go`: `g`"), "a/a.go has no g"},
	{checkArchitecture, architecture("`a/a.go`: `f`, `T.m`, `T.field`, `v`"), ""},
	{checkArchitecture, architecture("`T.m`, `a.T.field`, `a.f`, `U`, `T.gone`"), "there is no T.gone"},
	{checkArchitecture, architecture("`Gone`"), "there is no Gone"},
	{checkArchitecture, architecture("`buf`, `ctx.Done()`, `runtime.Gosched`, `T(x)`, `go generate ./a`, `sched_yield(2)`\n```\na/\n```\n"), ""},
	{checkArchitecture, architecture("```\n  internal/b/   it\n```\n"), "there is no internal/b"},

	{checkLinks, one("docs/a.md", "# A `b`, c-d\n[x](a.md) [y](../docs/) [z](#a-b-c-d) [w](https://go.dev)\n"), ""},
	{checkLinks, one("docs/a.md", "[x](b.md)\n"), "docs/a.md: nothing is at ](b.md)"},
	{checkLinks, one("docs/a.md", "# A\n[x](a.md#b)\n"), "](a.md#b)"},
	{checkLinks, one("docs/a.md", "`docs/a.md` and `docs/b.md`\n"), "docs/a.md: there is no docs/b.md"},

	{checkDecisions, decided("| [a](a.md) | We do |\n", "a/a.go", "// docs/decisions/a.md\npackage a\n"), ""},
	{checkDecisions, decided("| [a](a.md) | We did |\n", "a/a.go", "package a\n"), "docs/decisions/a.md: the index"},
	{checkDecisions, decided("| [a](a.md) | We do |\n", "a/a.go", "// docs/decisions/b.md\npackage a\n"), "a/a.go: there is no docs/decisions/b.md"},

	{checkMarkers, one("a/a.go", "package a\n// TO"+"DO: more\n"), "a/a.go:2: "},
	{checkMarkers, one("Makefile", "# FIX"+"ME\n"), "Makefile:1: "},
	{checkMarkers, one("a.md", "XX"+"X\n"), "a.md:1: "},
	{checkMarkers, one("a.sh", "mktemp a.XX"+"XXXX\n# toDo\n"), ""},

	{checkMachine, one("a.md", "see /wo"+"rk/x\n"), "a.md:1: "},
	{checkMachine, one("a.sh", "/wo"+"rk/x\n"), "a.sh:1: "},
	{checkMachine, one("a.mk", "GOPROXY=https://proxy.golang"+".org\n"), "a.mk:1: "},
	{checkMachine, one("a.md", "docs/wo"+"rk/x and ./wo"+"rk/x\n"), ""},
}

func TestRulesCanFail(t *testing.T) {
	for _, s := range samples {
		files := fstest.MapFS{}
		for path, src := range s.files {
			files[path] = &fstest.MapFile{Data: []byte(src)}
		}
		tree, err := load(files)
		if err != nil {
			t.Errorf("load %q: %v", s.files, err)
			continue
		}
		got := s.rule(tree)
		switch {
		case s.want == "" && len(got) > 0:
			t.Errorf("%q: got %q, want no complaint", s.files, got)
		case s.want != "" && (len(got) != 1 || !strings.Contains(got[0], s.want)):
			t.Errorf("%q: got %q, want one complaint with %q", s.files, got, s.want)
		}
	}
}

func TestLoadSkipsWhatIsNotText(t *testing.T) {
	tree, err := load(fstest.MapFS{
		".git/config":        {Data: []byte("x")},
		"a.bin":              {Data: []byte("x\x00y")},
		"a.md":               {Data: []byte("x")},
		"testdata/broken.go": {Data: []byte("not Go")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.files) != 2 {
		t.Errorf("loaded %d files, want a.md and the test data", len(tree.files))
	}
}

func TestLoadRefusesBrokenGo(t *testing.T) {
	if _, err := load(fstest.MapFS{"a.go": {Data: []byte("not Go")}}); err == nil {
		t.Error("a file that does not parse was loaded")
	}
}
