// Command opsgen writes the forms that an operation has in package await, the blocking
// call and the future, from one table (see operations). It runs in package await's
// directory, by go generate.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"log"
	"os"
	"strings"
	"text/template"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("opsgen: ")
	for name, form := range files {
		source, err := generate(form)
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(name, source, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

//go:embed table.go
var table string

// files are what is generated, each from one form of all operations.
var files = map[string]string{"calls_gen.go": blockingCall, "async_gen.go": future}

// An operation is one method of the table.
type operation struct {
	Name   string
	Doc    string // of the blocking call, as comment lines
	Params string // as declared
	Args   string // as passed on
	FD     string // the argument that is a descriptor, or "-1"
	Result string // the name of a type in the table
}

// Call is the operation as errors name it.
func (o operation) Call() string {
	return strings.ToLower(strings.TrimSuffix(o.Method(), "WithTimeout"))
}

// Method is the proactor's. An IO's Shutdown is another.
func (o operation) Method() string {
	if o.Name == "ShutdownSocket" {
		return "Shutdown"
	}
	return o.Name
}

// parse reads the table.
func parse() ([]operation, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "table.go", table, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var all []operation
	text := func(n ast.Node) string { return table[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset] }
	ast.Inspect(f, func(n ast.Node) bool {
		methods, ok := n.(*ast.InterfaceType)
		if !ok {
			return true
		}
		for _, m := range methods.Methods.List {
			o := operation{Name: m.Names[0].Name, FD: "-1"}
			for _, line := range m.Doc.List {
				o.Doc += line.Text + "\n"
			}
			signature := m.Type.(*ast.FuncType)
			o.Params = strings.Trim(text(signature.Params), "()")
			o.Result = text(signature.Results)
			var args []string
			for _, p := range signature.Params.List {
				for _, name := range p.Names {
					args = append(args, name.Name)
				}
			}
			o.Args = strings.Join(append(args, ""), ", ")
			if len(args) > 0 && strings.HasSuffix(args[0], "fd") {
				o.FD = args[0]
			}
			all = append(all, o)
		}
		return false
	})
	return all, nil
}

// generate is the source of one file, with form filled in for each operation.
func generate(form string) ([]byte, error) {
	all, err := parse()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := template.Must(template.New("").Parse(form)).Execute(&b, all); err != nil {
		return nil, err
	}
	source, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%w in:\n%s", err, b.Bytes())
	}
	return source, nil
}
