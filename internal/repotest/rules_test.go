package repotest

import (
	"bytes"
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

const module = "github.com/awaitio/awaitio"

// A rule returns one line for each place that breaks it.
type rule struct {
	name  string
	check func(*tree) []string
}

var rules = []rule{
	{"unsafe stays in its files", checkUnsafe},
	{"system calls stay in their files", checkSyscalls},
	{"no dependency at run time", checkImports},
	{"imports go down", checkArrows},
	{"tests watch their goroutines", checkTestMain},
	{"no package-level pool", checkPools},
	{"skips say why", checkSkips},
	{"exported names are documented", checkDocs},
	{"exported names are in examples", checkExamples},
	{"examples that documents name are there", checkNamedExamples},
	{"comments spell names as they are", checkNames},
	{"the README is short", checkReadme},
	{"the architecture is today's", checkArchitecture},
	{"links lead somewhere", checkLinks},
	{"decisions have an index", checkDecisions},
	{"nothing is left to do", checkMarkers},
	{"nothing names one machine", checkMachine},
	{"identifiers say it in the field's words", checkWords},
}

// sysFile matches the files that may speak to the kernel without a library:
// system calls in sys*.go, what they take in abi*.go.
var sysFile = regexp.MustCompile(`^(sys|abi)[a-z0-9_]*\.go$`)

// mayBeRaw also lets the cross-check with giouring through: pointers are all
// that library takes.
func mayBeRaw(f *file) bool {
	return sysFile.MatchString(f.base()) || f.base() == "giouring_test.go"
}

func checkUnsafe(t *tree) (bad []string) {
	for _, f := range t.goFiles(func(f *file) bool { return !mayBeRaw(f) }) {
		for _, spec := range f.ast.Imports {
			if importPath(spec) == "unsafe" {
				bad = append(bad, t.at(spec.Pos(), "unsafe belongs in sys*.go and abi*.go"))
			}
		}
	}
	return bad
}

func checkSyscalls(t *tree) (bad []string) {
	raw := func(name string) bool {
		return name != "SyscallConn" &&
			(strings.HasPrefix(name, "Syscall") || strings.HasPrefix(name, "RawSyscall"))
	}
	for _, f := range t.goFiles(func(f *file) bool { return !mayBeRaw(f) }) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if f.uses(n, "syscall", raw) || f.uses(n, "golang.org/x/sys/unix", raw) ||
				f.uses(n, "golang.org/x/sys/windows", raw) {
				bad = append(bad, t.at(n.Pos(), "raw system calls belong in sys*.go and abi*.go"))
			}
			return true
		})
	}
	return bad
}

// checkImports keeps the module's users free of everything but golang.org/x/sys.
func checkImports(t *tree) (bad []string) {
	for _, f := range t.goFiles(func(f *file) bool { return !f.nested }) {
		forTests := f.isTest() || f.isTestSupport()
		for _, spec := range f.ast.Imports {
			if p := importPath(spec); !mayImport(p, forTests) {
				bad = append(bad, t.at(spec.Pos(), "%s may not be imported here", p))
			}
		}
	}
	return bad
}

func mayImport(p string, forTests bool) bool {
	if rest, ours := strings.CutPrefix(p, module+"/"); ours {
		return forTests || !isTestSupport(rest)
	}
	first, _, _ := strings.Cut(p, "/")
	standard := !strings.Contains(first, ".")
	return standard || strings.HasPrefix(p, "golang.org/x/sys/") ||
		forTests && slices.Contains(forTestsOnly, p)
}

var forTestsOnly = []string{
	"go.uber.org/goleak",
	"github.com/pawelgaczynski/giouring",
}

func checkTestMain(t *tree) (bad []string) {
	watched := map[string]bool{}
	for _, f := range t.goFiles(func(f *file) bool { return f.isTest() && !f.nested }) {
		watched[f.dir()] = watched[f.dir()] || hasWatchingTestMain(f)
	}
	for dir, ok := range watched {
		if !ok {
			bad = append(bad, dir+": no TestMain that calls testutil.Main or goleak.VerifyTestMain")
		}
	}
	slices.Sort(bad)
	return bad
}

func hasWatchingTestMain(f *file) bool {
	return slices.ContainsFunc(f.ast.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && fn.Name.Name == "TestMain" && containsNode(fn, func(n ast.Node) bool {
			return f.uses(n, module+"/internal/testutil", is("Main")) ||
				f.uses(n, "go.uber.org/goleak", is("VerifyTestMain"))
		})
	})
}

func containsNode(root ast.Node, want func(ast.Node) bool) bool {
	found := false
	ast.Inspect(root, func(n ast.Node) bool {
		found = found || n != nil && want(n)
		return !found
	})
	return found
}

// checkPools finds package-level sync.Pools: a channel pooled in one breaks the
// testing/synctest bubbles of the module's users.
func checkPools(t *tree) (bad []string) {
	for _, f := range t.goFiles(func(*file) bool { return true }) {
		for _, d := range f.ast.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && holdsPool(f, v) {
					bad = append(bad, t.at(v.Pos(), "a sync.Pool belongs to a proactor, not to a package"))
				}
			}
		}
	}
	return bad
}

// holdsPool looks at the type and the values of v, not into functions.
func holdsPool(f *file, v *ast.ValueSpec) bool {
	found := false
	ast.Inspect(v, func(n ast.Node) bool {
		_, function := n.(*ast.FuncLit)
		found = found || f.uses(n, "sync", is("Pool"))
		return !function && !found
	})
	return found
}

func checkSkips(t *tree) (bad []string) {
	for _, f := range t.goFiles(func(f *file) bool { return f.isTest() || f.isTestSupport() }) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && skipsSilently(call) {
				bad = append(bad, t.at(call.Pos(), "say why the test is skipped"))
			}
			return true
		})
	}
	return bad
}

func skipsSilently(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch sel.Sel.Name {
	case "SkipNow":
		return true
	case "Skip", "Skipf":
		if len(call.Args) == 0 {
			return true
		}
		reason, ok := call.Args[0].(*ast.BasicLit)
		return ok && len(reason.Value) <= len(`""`)
	}
	return false
}

const readmeLinesMax = 150

func checkReadme(t *tree) (bad []string) {
	for _, f := range t.files {
		if n := bytes.Count(f.src, []byte("\n")); f.path == "README.md" && n > readmeLinesMax {
			bad = append(bad, fmt.Sprintf("README.md: %d lines, at most %d", n, readmeLinesMax))
		}
	}
	return bad
}

// The words below are put together so that these files do not contain them.
var marker = regexp.MustCompile(`\b(` + "TO" + "DO|FIX" + "ME|XX" + `X)\b`)

func checkMarkers(t *tree) []string {
	return grep(t, marker, "finish it or say it in an issue")
}

var machine = regexp.MustCompile(`(^|[^\w.-])/` + `work/|\b(` + strings.Join([]string{
	`proxy\.golang` + `\.org`,
	`sum\.golang` + `\.org`,
	`goproxy` + `\.(io|cn)`,
	`artifactory` + `\.`,
	`nexus` + `\.`,
}, "|") + `)`)

func checkMachine(t *tree) []string {
	return grep(t, machine, "names a path or a host of one machine")
}

// grep finds pattern in every text file.
func grep(t *tree, pattern *regexp.Regexp, complaint string) (bad []string) {
	for _, f := range t.files {
		if path.Base(f.path) == "go.sum" {
			continue
		}
		n := 0
		for line := range bytes.Lines(f.src) {
			n++
			if hit := pattern.Find(line); hit != nil {
				bad = append(bad, fmt.Sprintf("%s:%d: %q: %s", f.path, n, hit, complaint))
			}
		}
	}
	return bad
}
