package repotest

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// exampled are the packages that programs use: each exported function, type and method of theirs is in an
// example.
var exampled = []string{"await", "proactor", "timeout", "sim", "inspect", "inspect/prom"}

// exampleless are the types that no example has to name, by package: a shown function returns them, or a
// field of a shown type has them.
var exampleless = map[string]string{
	"await":    "FSInfo Future MountHealth MountState None Pending",
	"proactor": "KindStats Notice NoticeKind OperationState Refusal Stats",
	"sim":      "Call Clock DNS Dist Effect Entry PacketKind Shape",
	"inspect":  "Files IOReport Kind Loop Mount Operation Refused",
}

// exampleFree are the methods that no example has to call: an interface of the standard library has them, and a
// function of it calls them.
var exampleFree = map[string]bool{
	"Error": true, "Unwrap": true, "Is": true, // package errors
	"Timeout": true, "Temporary": true, // net.Error
	"String": true, // package fmt
	"Moved":  true, // html/template, for a page
}

// checkExamples holds that an example shows each exported function, type and method.
func checkExamples(t *tree) (bad []string) {
	calls := t.methodsInExamples()
	for _, dir := range exampled {
		names := namesInExamples(t.examples(dir))
		for name := range strings.FieldsSeq(exampleless[dir]) {
			names[name] = true
		}
		for _, f := range t.goFiles(func(f *file) bool { return f.dir() == dir && !f.isTest() }) {
			for _, id := range exportedNames(f.ast) {
				if !names[id.Name] {
					bad = append(bad, t.at(id.Pos(), "%s is in no example", id.Name))
				}
			}
			for _, id := range exportedMethods(f.ast) {
				if !exampleFree[id.Name] && !calls[id.Name] {
					bad = append(bad, t.at(id.Pos(), "no example calls the method %s", id.Name))
				}
			}
		}
	}
	return bad
}

// An example is a function of an example_*_test.go, or an example in another test file.
type example struct {
	file *file
	fn   *ast.FuncDecl
}

// examples are those of the package in dir.
func (t *tree) examples(dir string) (examples []example) {
	for _, f := range t.goFiles(func(f *file) bool { return f.dir() == dir && f.isTest() }) {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && (strings.HasPrefix(f.base(), "example_") || strings.HasPrefix(fn.Name.Name, "Example")) {
				examples = append(examples, example{f, fn})
			}
		}
	}
	return examples
}

// namesInExamples are all names in the examples, and what each is an example of.
func namesInExamples(examples []example) map[string]bool {
	names := make(map[string]bool)
	for _, e := range examples {
		if of, ok := strings.CutPrefix(e.fn.Name.Name, "Example"); ok {
			of, _, _ = strings.Cut(of, "_")
			names[of] = true
		}
		ast.Inspect(e.fn, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				names[id.Name] = true
			}
			return true
		})
	}
	return names
}

// methodsInExamples are the names that all examples select from values, of whatever type: the functions of
// packages are not among them.
func (t *tree) methodsInExamples() map[string]bool {
	names := make(map[string]bool)
	for _, dir := range exampled {
		for _, e := range t.examples(dir) {
			packages := slices.Collect(maps.Values(e.file.imports()))
			ast.Inspect(e.fn, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); !ok || !slices.Contains(packages, x.Name) {
					names[sel.Sel.Name] = true
				}
				return true
			})
		}
	}
	return names
}

// exportedNames are the exported functions and types that f declares, without methods.
func exportedNames(f *ast.File) (names []*ast.Ident) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			if d.Tok == token.TYPE {
				for _, spec := range d.Specs {
					names = append(names, spec.(*ast.TypeSpec).Name)
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(id *ast.Ident) bool { return !id.IsExported() })
}

// exportedMethods are the exported methods that f declares of exported types.
func exportedMethods(f *ast.File) (names []*ast.Ident) {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.IsExported() && reachable(fn) {
			names = append(names, fn.Name)
		}
	}
	return names
}
