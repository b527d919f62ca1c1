package repotest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A block is the text of a fenced code block of Go in a document.
type block struct {
	at       string // the document and the line of its first line, as in "README.md:12"
	src      string
	fragment bool // statements, which fragmentBefore and fragmentAfter make a file of
}

// blocksOf returns the blocks of Go in t's documents. The info string says what a block is:
// "go" is a whole file, "go fragment" is statements. Anything else that begins with go is
// a complaint, for it would not be compiled.
func blocksOf(t *tree) (blocks []block, bad []string) {
	for _, f := range t.files {
		if path.Ext(f.path) != ".md" {
			continue
		}
		for _, m := range goBlock.FindAllSubmatchIndex(f.src, -1) {
			info, src := string(f.src[m[2]:m[3]]), string(f.src[m[4]:m[5]])
			at := fmt.Sprintf("%s:%d", f.path, 1+bytes.Count(f.src[:m[4]], []byte("\n")))
			switch info {
			case "go", "go fragment":
				blocks = append(blocks, block{at, src, info != "go"})
			default:
				bad = append(bad, at+": a block of Go is marked go or go fragment, not "+info)
			}
		}
	}
	return blocks, bad
}

var goBlock = regexp.MustCompile("(?ms)^```(go(?:lang)?(?: [^\n]*)?)\n(.*?)^```$")

// A fragment has these names from the code around it, and declares all others. The condition
// is there because a fragment may end with a return, after which nothing is reached.
const (
	fragmentBefore = `func _(ctx context.Context, conn *await.Conn, listener *await.Listener, file *await.File, p []byte) error {
	if ctx != nil {
`
	fragmentAfter = `
	}
	return nil
}
`
)

// fragmentImports are the packages that a fragment can use by name.
var fragmentImports = []string{
	"context", "crypto/tls", "errors", "fmt", "io", "io/fs", "log", "net", "net/http", "net/netip", "os", "os/exec", "sync", "time",
	module + "/await", module + "/inspect", module + "/proactor", module + "/timeout",
}

// goFile is what the compiler gets for b. Its complaints name the document's lines.
func (b block) goFile(root string) string {
	line := "//line " + filepath.Join(root, b.at) + "\n"
	if !b.fragment {
		// A package that is no program is compiled, and not linked.
		return line + mainClause.ReplaceAllString(b.src, "package block")
	}
	var s strings.Builder
	s.WriteString("package block\n")
	for _, p := range fragmentImports {
		used := regexp.MustCompile(`\b` + path.Base(p) + `\.[A-Z]`)
		if used.MatchString(fragmentBefore + b.src) {
			fmt.Fprintf(&s, "import %q\n", p)
		}
	}
	return s.String() + fragmentBefore + line + b.src + fragmentAfter
}

var mainClause = regexp.MustCompile(`(?m)^package main$`)

// compile compiles blocks as a user would who has just required this module, and returns
// what the compiler says, or nothing. The packages are in a module of their own, so that
// what is internal stays out of reach.
func compile(t *testing.T, blocks []block) string {
	t.Helper()
	root, dir := root(t), t.TempDir()
	write := func(name, content string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write("go.sum", string(sums))
	write("go.mod", "module example.com/blocks\n\ngo 1.25.0\n\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+root+"\n")
	for i, b := range blocks {
		write(fmt.Sprintf("block%d/block.go", i), b.goFile(root))
	}
	cmd := exec.Command("go", "build", "-mod=mod", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off") // of whoever has one
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	if err == nil {
		return ""
	}
	return string(out)
}

func TestBlocksOfDocumentsCompile(t *testing.T) {
	tree, err := load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	blocks, bad := blocksOf(tree)
	for _, complaint := range bad {
		t.Error(complaint)
	}
	if len(blocks) == 0 {
		t.Fatal("no document has a block of Go")
	}
	if complaints := compile(t, blocks); complaints != "" {
		t.Errorf("blocks of Go do not compile:\n%s", complaints)
	}
}

func TestBlocksThatDoNotCompileAreFound(t *testing.T) {
	const use = "package main\n\nimport \"" + module
	got := compile(t, []block{
		{"fine.md:1", use + "/await\"\n\nfunc main() { await.Open(\"name\") }\n", false},
		{"fine.md:9", "n, err := conn.ReadContext(ctx, p)\nif err != nil {\n\treturn err\n}\nlog.Print(n)\nreturn nil\n", true},
		{"name.md:5", use + "/await\"\n\nfunc main() { await.Opn(\"name\") }\n", false},
		{"used.md:3", "n, err := file.ReadAt(p, 0)\nreturn err\n", true},
		{"type.md:1", "await.Open(7)\n", true},
	})
	for _, want := range []string{"name.md:9:", "used.md:3:", "type.md:1:"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want a complaint about %s", got, want)
		}
	}
	if strings.Contains(got, "fine.md") {
		t.Errorf("got %q, want no complaint about fine.md", got)
	}
	// What the go command refuses it refuses before it compiles anything.
	got = compile(t, []block{{"inside.md:1", use + "/internal/list\"\n\nvar _ list.List[int]\n\nfunc main() {}\n", false}})
	if !strings.Contains(got, "inside.md:3:") || !strings.Contains(got, "internal") {
		t.Errorf("got %q, want a complaint about inside.md:3", got)
	}
}

func TestBlocksAreTold(t *testing.T) {
	const doc = "one\n\n```go\npackage a\n```\n\n```go fragment\nreturn nil\n```\n\n```sh\ngo\n```\n\n```go.mod\nx\n```\n"
	blocks, bad := blocksOf(&tree{files: []*file{{path: "a.md", src: []byte(doc)}, {path: "a.txt", src: []byte(doc)}}})
	want := []block{{"a.md:4", "package a\n", false}, {"a.md:8", "return nil\n", true}}
	if fmt.Sprint(blocks) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", blocks, want)
	}
	if len(bad) != 0 {
		t.Errorf("got %q of a block that does not say go", bad)
	}
	for _, info := range []string{"go part", "golang"} {
		_, bad := blocksOf(&tree{files: []*file{{path: "a.md", src: []byte("```" + info + "\nx\n```\n")}}})
		if len(bad) != 1 || !strings.Contains(bad[0], "a.md:2") {
			t.Errorf("%s: got %q, want one complaint about a.md:2", info, bad)
		}
	}
}
