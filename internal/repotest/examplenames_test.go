package repotest

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
)

var exampleName = regexp.MustCompile("`(Example\\w*)`")

// checkNamedExamples holds that an example which a document names is there, in a file that the line names.
func checkNamedExamples(t *tree) (bad []string) {
	files := make(map[string][]string) // by example
	for _, f := range t.goFiles((*file).isTest) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Example") {
				files[fn.Name.Name] = append(files[fn.Name.Name], f.path)
			}
		}
	}
	for _, doc := range t.files {
		if path.Ext(doc.path) != ".md" {
			continue
		}
		for line := range strings.Lines(string(doc.src)) {
			for _, m := range exampleName.FindAllStringSubmatch(line, -1) {
				if name := m[1]; name != "Example" && !mentions(line, files[name]) {
					bad = append(bad, doc.path+": "+name+" is in none of the files that its line names")
				}
			}
		}
	}
	return bad
}

// mentions reports whether line has the path of one of files, from the root on.
func mentions(line string, files []string) bool {
	for _, f := range files {
		if strings.Contains(line, "/"+f+")") || strings.Contains(line, "("+f+")") {
			return true
		}
	}
	return false
}
