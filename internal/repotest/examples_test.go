package repotest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// exampled are the packages that programs use: each exported function and type of theirs is in an
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

// checkExamples holds that an example shows each exported function and type. The form of a function that takes a
// context, as StatContext, is shown by Stat too.
func checkExamples(t *tree) (bad []string) {
	for _, dir := range exampled {
		in := func(f *file) bool { return f.dir() == dir }
		shown := namesInExamples(t.goFiles(func(f *file) bool { return in(f) && f.isTest() }))
		for name := range strings.FieldsSeq(exampleless[dir]) {
			shown[name] = true
		}
		for _, f := range t.goFiles(func(f *file) bool { return in(f) && !f.isTest() }) {
			for _, id := range exportedNames(f.ast) {
				if name := id.Name; !shown[name] && !shown[strings.TrimSuffix(name, "Context")] {
					bad = append(bad, t.at(id.Pos(), "%s is in no example", name))
				}
			}
		}
	}
	return bad
}

// namesInExamples are all names in the functions of example_*_test.go, in the examples elsewhere, and those that
// the examples are of.
func namesInExamples(tests []*file) map[string]bool {
	names := make(map[string]bool)
	for _, f := range tests {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.base(), "example_") && !strings.HasPrefix(fn.Name.Name, "Example") {
				continue
			}
			if of, ok := strings.CutPrefix(fn.Name.Name, "Example"); ok {
				of, _, _ = strings.Cut(of, "_")
				names[of] = true
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					names[id.Name] = true
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
