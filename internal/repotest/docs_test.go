package repotest

import (
	"go/ast"
	"slices"
	"strings"
)

// documented are the packages other people's code imports.
var documented = []string{"proactor", "await", "timeout", "inspect", "sim"}

// checkDocs wants a doc comment for each exported name of those packages, down
// to methods, what interfaces ask for, and the fields of a configuration, whose
// defaults and limits are told nowhere else. The comment of a group speaks for
// its members, and that of any other struct for its fields.
func checkDocs(t *tree) (bad []string) {
	public := func(f *file) bool { return slices.Contains(documented, f.dir()) && !f.isTest() }
	for _, f := range t.goFiles(public) {
		for _, name := range undocumented(f.ast) {
			bad = append(bad, t.at(name.Pos(), "%s has no doc comment", name.Name))
		}
	}
	return bad
}

// checkNames wants a comment that begins with a name to spell it as it is now: a name that
// is exported no more is not found.
func checkNames(t *tree) (bad []string) {
	check := func(id *ast.Ident, doc *ast.CommentGroup) {
		words := strings.Fields(doc.Text())
		if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
			words = words[1:]
		}
		if len(words) > 0 && words[0] != id.Name && strings.EqualFold(words[0], id.Name) {
			bad = append(bad, t.at(id.Pos(), "the comment of %s says %s", id.Name, words[0]))
		}
	}
	for _, f := range t.goFiles(func(f *file) bool { return !f.nested }) {
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				check(d.Name, d.Doc)
			case *ast.GenDecl:
				for _, spec := range d.Specs[:min(1, len(d.Specs))] {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						check(s.Name, d.Doc)
					case *ast.ValueSpec:
						check(s.Names[0], d.Doc)
					}
				}
			}
		}
	}
	return bad
}

func undocumented(f *ast.File) (names []*ast.Ident) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && reachable(d) && d.Doc == nil {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				names = append(names, undocumentedIn(spec, d.Doc != nil)...)
			}
		}
	}
	return names
}

// reachable reports whether fn is a function or a method of an exported type.
func reachable(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	receiver := fn.Recv.List[0].Type
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.IndexListExpr:
			receiver = r.X
		case *ast.Ident:
			return r.IsExported()
		default:
			return false
		}
	}
}

func undocumentedIn(spec ast.Spec, group bool) (names []*ast.Ident) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		if !group && s.Doc == nil && s.Comment == nil {
			names = exported(s.Names)
		}
	case *ast.TypeSpec:
		if !s.Name.IsExported() {
			return nil
		}
		if !group && s.Doc == nil {
			names = append(names, s.Name)
		}
		switch body := s.Type.(type) {
		case *ast.StructType:
			if strings.HasSuffix(s.Name.Name, "Config") {
				names = append(names, undocumentedFields(body.Fields)...)
			}
		case *ast.InterfaceType:
			names = append(names, undocumentedFields(body.Methods)...)
		}
	}
	return names
}

func undocumentedFields(fields *ast.FieldList) (names []*ast.Ident) {
	for _, f := range fields.List {
		if f.Doc == nil && f.Comment == nil {
			names = append(names, exported(f.Names)...)
		}
	}
	return names
}

func exported(all []*ast.Ident) (names []*ast.Ident) {
	for _, n := range all {
		if n.IsExported() {
			names = append(names, n)
		}
	}
	return names
}
