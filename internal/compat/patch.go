package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A hook is the beginning of a method, which asks a variable first.
type hook struct {
	file, receiver, method string
	params                 string // as the source has them
	results                string
	variable, arguments    string
}

// netHooks are the three places of package net that make connections, listeners and
// packet connections.
var netHooks = []hook{
	{"net/dial.go", "*Dialer", "DialContext", "ctx context.Context, network, address string", "Conn, error", "CompatDial", "ctx, d, network, address"},
	{"net/dial.go", "*ListenConfig", "Listen", "ctx context.Context, network, address string", "Listener, error", "CompatListen", "ctx, lc, network, address"},
	{"net/dial.go", "*ListenConfig", "ListenPacket", "ctx context.Context, network, address string", "PacketConn, error", "CompatListenPacket", "ctx, lc, network, address"},
}

// mainImports is a file of the package that each test program imports, and that no
// other package does: what it imports may import what is tested.
const mainImports = "testing/internal/testdeps/deps.go"

// patch puts the hooks into the copy, and what sets them.
func (t tree) patch() error {
	for _, h := range netHooks {
		if err := edit(t.src(h.file), h.insert); err != nil {
			return err
		}
	}
	if err := edit(t.src(mainImports), importing("internal/awaitcompat")); err != nil {
		return err
	}
	if err := t.add("net/compat_hooks.go", "hooks/net.txt"); err != nil {
		return err
	}
	return t.add("internal/awaitcompat/install.go", "hooks/install.txt")
}

func (t tree) add(name, from string) error {
	contents, err := hooks.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(t.src(name)), 0o755); err != nil {
		return err
	}
	return replace(t.src(name), contents)
}

// edit applies change to a file of the copy.
func edit(name string, change func(src string) (string, error)) error {
	contents, err := changed(name, change)
	if err != nil {
		return err
	}
	return replace(name, []byte(contents))
}

// changed is what a file would be after change.
func changed(name string, change func(src string) (string, error)) (string, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	contents, err := change(string(src))
	if err != nil {
		return "", fmt.Errorf("%s: %w: the patch is not for this version of Go", name, err)
	}
	return contents, nil
}

// insert puts the hook at the beginning of its method.
func (h hook) insert(src string) (string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	text := func(n ast.Node) string { return src[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset] }
	i := slices.IndexFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv != nil && fn.Name.Name == h.method && text(fn.Recv.List[0].Type) == h.receiver
	})
	if i < 0 {
		return "", fmt.Errorf("no method %s of %s", h.method, h.receiver)
	}
	fn := f.Decls[i].(*ast.FuncDecl)
	receiver := fn.Recv.List[0].Names[0].Name
	if text(fn.Type.Params) != "("+h.params+")" || text(fn.Type.Results) != "("+h.results+")" ||
		!strings.Contains(h.arguments, " "+receiver+",") {
		return "", fmt.Errorf("method %s has another signature: %s", h.method, text(fn.Type))
	}
	at := fset.Position(fn.Body.Lbrace).Offset + 1
	return src[:at] + fmt.Sprintf(`
	if %[1]s != nil {
		if served, ok, err := %[1]s(%[2]s); ok {
			return served, err
		}
	}`, h.variable, h.arguments) + src[at:], nil
}

// importing has a file import another package.
func importing(path string) func(src string) (string, error) {
	return func(src string) (string, error) {
		before, after, found := strings.Cut(src, "\nimport (\n")
		if !found {
			return "", fmt.Errorf("no import declaration")
		}
		return fmt.Sprintf("%s\nimport (\n\t_ %q\n%s", before, path, after), nil
	}
}
