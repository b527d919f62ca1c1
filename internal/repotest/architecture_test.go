package repotest

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// checkArchitecture wants docs/ARCHITECTURE.md to speak of what there is:
//
//   - a code span with a slash is a directory or a file, or a pattern of files;
//   - code spans that follow one with a colon, as in `a/b.go`: `f`, `T.m`, are declared in
//     that file;
//   - a code span that is exported, or has a dot, is declared anywhere, or is another's;
//   - what the picture, docs/architecture.svg, calls internal/x is a directory.
func checkArchitecture(t *tree) (bad []string) {
	i := slices.IndexFunc(t.files, func(f *file) bool { return f.path == "docs/ARCHITECTURE.md" })
	if i < 0 {
		return nil
	}
	doc := string(t.files[i].src)
	complain := func(what string) { bad = append(bad, "docs/ARCHITECTURE.md: "+what) }
	for _, dir := range inPicture.FindAllString(strings.Join(fenced.FindAllString(doc, -1), "")+t.text("docs/architecture.svg"), -1) {
		if !t.contains(dir) {
			complain("there is no " + dir)
		}
	}
	doc = fenced.ReplaceAllString(doc, "")
	for _, m := range declaredIn.FindAllStringSubmatch(doc, -1) {
		declared := t.declared(func(f *file) bool { return f.path == m[1] })
		for _, span := range codeSpan.FindAllStringSubmatch(m[2], -1) {
			if !declared[span[1]] {
				complain(m[1] + " has no " + span[1])
			}
		}
	}
	all := t.declared(func(f *file) bool { return !f.nested })
	for _, m := range codeSpan.FindAllStringSubmatch(doc, -1) {
		switch name := strings.TrimSuffix(m[1], "()"); {
		case slices.Contains(others, name):
		case isPath.MatchString(name) && !t.contains(name), isName.MatchString(name) && !all[name]:
			complain("there is no " + name)
		}
	}
	return bad
}

var (
	fenced     = regexp.MustCompile("(?s)```.*?```")
	inPicture  = regexp.MustCompile(`internal/[a-z]+`)
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	declaredIn = regexp.MustCompile("`([^` ]+\\.go)`:((?:,?\\s`[\\w.]+`)+)")
	isPath     = regexp.MustCompile(`^[\w*.]+/[\w*./]*$`)
	isName     = regexp.MustCompile(`^([A-Z]\w*|\w+(\.\w+)+)$`)
)

// others are names in the text that are not this module's.
var others = []string{"testing/synctest", "conn.Read", "ctx.Done", "runtime.Gosched", "SyscallConn"}

// text is what the file p has, or nothing.
func (t *tree) text(p string) string {
	for _, f := range t.files {
		if f.path == p {
			return string(f.src)
		}
	}
	return ""
}

// contains reports whether there is a file or directory p, or one that matches p.
func (t *tree) contains(p string) bool {
	p = strings.TrimSuffix(p, "/")
	return slices.ContainsFunc(t.files, func(f *file) bool {
		matches, err := path.Match(p, f.path)
		return f.under(p) || matches && err == nil
	})
}

// declared are the names that files of packages declare: f, T, T.m, T.field, each with
// and without the package's name before it.
func (t *tree) declared(want func(*file) bool) map[string]bool {
	names := map[string]bool{}
	add := func(f *file, name string) { names[name], names[f.ast.Name.Name+"."+name] = true, true }
	for _, f := range t.goFiles(func(f *file) bool { return want(f) && !f.isTest() }) {
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				add(f, receiver(d)+d.Name.Name)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					for _, name := range specNames(spec) {
						add(f, name)
					}
				}
			}
		}
	}
	return names
}

// receiver is the type of fn's receiver and a dot, or nothing.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	name := ""
	ast.Inspect(fn.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name + "."
		}
		return true
	})
	return name
}

// specNames are the names that spec declares, and the fields and methods of its type.
func specNames(spec ast.Spec) (names []string) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, id := range s.Names {
			names = append(names, id.Name)
		}
	case *ast.TypeSpec:
		names = append(names, s.Name.Name)
		var fields *ast.FieldList
		switch body := s.Type.(type) {
		case *ast.StructType:
			fields = body.Fields
		case *ast.InterfaceType:
			fields = body.Methods
		default:
			return names
		}
		for _, f := range fields.List {
			for _, id := range f.Names {
				names = append(names, s.Name.Name+"."+id.Name)
			}
		}
	}
	return names
}

// checkLinks wants each link of a document to another file of this repository to lead to
// one, and to a heading of it where it names one. A path in a code span is a file too.
func checkLinks(t *tree) (bad []string) {
	headings := map[string][]string{}
	for _, f := range t.files {
		if path.Ext(f.path) == ".md" {
			for _, h := range heading.FindAllStringSubmatch(string(f.src), -1) {
				headings[f.path] = append(headings[f.path], anchor(h[1]))
			}
		}
	}
	for _, f := range t.files {
		if path.Ext(f.path) != ".md" {
			continue
		}
		for _, m := range ownPath.FindAllStringSubmatch(string(f.src), -1) {
			if !t.contains(m[1]) && f.path != "CHANGELOG.md" { // which tells of the past
				bad = append(bad, f.path+": there is no "+m[1])
			}
		}
		for _, m := range link.FindAllStringSubmatch(string(f.src), -1) {
			to := f.path
			if m[1] != "" {
				to = path.Join(f.dir(), m[1])
			}
			if !t.contains(to) || m[2] != "" && !slices.Contains(headings[to], m[2]) {
				bad = append(bad, f.path+": nothing is at "+m[0])
			}
		}
	}
	return bad
}

var (
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	link    = regexp.MustCompile(`\]\(([^):#]*)(?:#([^)]*))?\)`)
	ownPath = regexp.MustCompile("`((?:await|proactor|timeout|internal|docs|examples)/[\\w*./]*)`")
	unsaid  = regexp.MustCompile(`[^\w\- ]`)
)

// anchor is what a link calls a heading.
func anchor(text string) string {
	return strings.ReplaceAll(unsaid.ReplaceAllString(strings.ToLower(text), ""), " ", "-")
}
