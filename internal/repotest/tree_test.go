package repotest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A tree is what the rules look at: the text files of the repository, the Go
// files among them parsed.
type tree struct {
	fset  *token.FileSet
	files []*file
}

// A file is one of them. Its path is relative to the root, with slashes.
type file struct {
	path string
	src  []byte
	ast  *ast.File // nil unless it is Go

	// nested means that a module of its own, below the root's, has it.
	nested bool
}

// load reads a tree. Version control and build output are no part of it.
func load(fsys fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	var modules []string
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p == ".git" && !d.IsDir():
			return nil // of a work tree: it says where on the machine the rest is
		case d.IsDir() && (p == ".git" || p == "bin"):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		if bytes.IndexByte(src, 0) >= 0 {
			return nil
		}
		if path.Base(p) == "go.mod" && p != "go.mod" {
			modules = append(modules, path.Dir(p)+"/")
		}
		return t.add(p, src)
	})
	for _, f := range t.files {
		f.nested = slices.ContainsFunc(modules, func(m string) bool { return strings.HasPrefix(f.path, m) })
	}
	return t, err
}

func (t *tree) add(p string, src []byte) error {
	f := &file{path: p, src: src}
	if path.Ext(p) == ".go" && !strings.Contains("/"+p, "/testdata/") {
		parsed, err := parser.ParseFile(t.fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f.ast = parsed
	}
	t.files = append(t.files, f)
	return nil
}

// goFiles returns the Go files that want approves of.
func (t *tree) goFiles(want func(*file) bool) []*file {
	var files []*file
	for _, f := range t.files {
		if f.ast != nil && want(f) {
			files = append(files, f)
		}
	}
	return files
}

// at says where in the tree a complaint belongs, as in "a/b.go:7: no".
func (t *tree) at(pos token.Pos, format string, args ...any) string {
	p := t.fset.Position(pos)
	return fmt.Sprintf("%s:%d: %s", p.Filename, p.Line, fmt.Sprintf(format, args...))
}

func (f *file) dir() string  { return path.Dir(f.path) }
func (f *file) base() string { return path.Base(f.path) }

func (f *file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// isTestSupport reports whether only tests may use the package f is in.
func (f *file) isTestSupport() bool { return isTestSupport(f.dir()) }

func isTestSupport(dir string) bool {
	return dir == "internal/testutil" || strings.HasPrefix(dir, "sim/internal/") || strings.HasPrefix(dir, "internal/") && strings.HasSuffix(dir, "test")
}

// imports returns the import paths of f and the name each goes by in f.
func (f *file) imports() map[string]string {
	names := map[string]string{}
	for _, spec := range f.ast.Imports {
		p := importPath(spec)
		names[p] = path.Base(p)
		if spec.Name != nil {
			names[p] = spec.Name.Name
		}
	}
	return names
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser has refused it already
	}
	return p
}

// uses reports whether n is a use of a name of package p: pkg.Name.
func (f *file) uses(n ast.Node, p string, match func(name string) bool) bool {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == f.imports()[p] && match(sel.Sel.Name)
}

func is(want string) func(string) bool {
	return func(got string) bool { return got == want }
}
