package apitest

import (
	"bytes"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
)

const awaitPath = "github.com/awaitio/awaitio/await"

// load returns the packages of paths as they are on Linux. dir is in the module.
func load(dir string, paths ...string) (map[string]*types.Package, error) {
	exports, err := exportData(dir, paths)
	if err != nil {
		return nil, err
	}
	lookup := func(path string) (io.ReadCloser, error) {
		file, ok := exports[path]
		if !ok {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(file)
	}
	imp := importer.ForCompiler(token.NewFileSet(), "gc", lookup)
	packages := map[string]*types.Package{}
	for _, path := range paths {
		if packages[path], err = imp.Import(path); err != nil {
			return nil, err
		}
	}
	return packages, nil
}

// exportData maps each package that paths depend on to its file of export data.
func exportData(dir string, paths []string) (map[string]string, error) {
	list := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}"}, paths...)...)
	list.Dir = dir
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	var failure bytes.Buffer
	list.Stderr = &failure
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, failure.String())
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		files[path] = file
	}
	return files, nil
}

// A name is one that a package exports: a function, a type, a variable, a constant,
// or with a dot a method or field of a type.
type name struct {
	pkg, id   string // "net", "TCPConn.Read"
	kind      string // "func", "type", "method", "field", "var", "const"
	signature string // of functions, methods and fields
}

func (n name) key() string { return n.pkg + "." + n.id }

// owner is the type that a method or field belongs to.
func (n name) owner() string {
	owner, _, member := strings.Cut(n.id, ".")
	if !member {
		return ""
	}
	return owner
}

// namesOf are the names that p exports, in the order of the alphabet.
func namesOf(p *types.Package) (names []name) {
	for _, id := range p.Scope().Names() {
		object := p.Scope().Lookup(id)
		if !object.Exported() {
			continue
		}
		n := name{pkg: p.Name(), id: id}
		switch object := object.(type) {
		case *types.Func:
			n.kind, n.signature = "func", typeString(p.Name(), object.Type())
		case *types.Var:
			n.kind = "var"
		case *types.Const:
			n.kind = "const"
		case *types.TypeName:
			n.kind = "type"
			names = append(names, n)
			if !object.IsAlias() {
				names = append(names, membersOf(p.Name(), id, object.Type())...)
			}
			continue
		}
		names = append(names, n)
	}
	return names
}

// membersOf are the fields and methods of type t, promoted methods too.
func membersOf(pkg, id string, t types.Type) (names []name) {
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Exported() && !f.Embedded() {
				names = append(names, name{pkg, id + "." + f.Name(), "field", typeString(pkg, f.Type())})
			}
		}
	}
	set := types.NewMethodSet(types.NewPointer(t))
	if types.IsInterface(t) {
		set = types.NewMethodSet(t)
	}
	for m := range set.Methods() {
		if m.Obj().Exported() {
			names = append(names, name{pkg, id + "." + m.Obj().Name(), "method", typeString(pkg, m.Type())})
		}
	}
	return names
}

// typeString is t, of package pkg, without the names of parameters. In net and os it
// has the types of package await in place of types that have a counterpart.
func typeString(pkg string, t types.Type) string {
	if s, ok := t.(*types.Signature); ok {
		t = types.NewSignatureType(nil, nil, nil, nameless(s.Params()), nameless(s.Results()), s.Variadic())
	}
	text := aliases.Replace(types.TypeString(t, (*types.Package).Name))
	switch pkg {
	case "net":
		return counterpartsOfNet.Replace(text)
	case "os":
		return counterpartsOfOS.Replace(text)
	}
	return text
}

func nameless(all *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range all.Variables() {
		vars = append(vars, types.NewParam(token.NoPos, nil, "", v.Type()))
	}
	return types.NewTuple(vars...)
}

var (
	counterpartsOfNet = strings.NewReplacer(
		"*net.TCPConn", "*await.Conn", "*net.UnixConn", "*await.Conn", "*net.UDPConn", "*await.PacketConn",
		"*net.TCPListener", "*await.Listener", "*net.UnixListener", "*await.Listener",
	)
	counterpartsOfOS = strings.NewReplacer("*os.File", "*await.File")

	// aliases has one spelling of what package os has from io/fs.
	aliases = strings.NewReplacer("os.FileInfo", "fs.FileInfo", "os.FileMode", "fs.FileMode", "os.DirEntry", "fs.DirEntry")
)
