package simproc

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// A lock is a mutex that a goroutine waits for.
type lock struct {
	address uint64
	text    string // the mutex in the source, as in "cc.wmu"
	field   string // the last part of it
	frame   Frame  // which wants it
}

var lockMethods = []string{"Lock", "RLock"}

// lockOf tells what g waits for.
func lockOf(g Goroutine) (lock, bool) {
	for i, f := range g.Frames {
		if !strings.HasPrefix(f.Func, "sync.(*Mutex).Lock") && !strings.HasPrefix(f.Func, "sync.(*RWMutex).") {
			continue
		}
		if i+1 == len(g.Frames) || strings.HasPrefix(g.Frames[i+1].Func, "sync.") {
			continue
		}
		l := lock{frame: g.Frames[i+1], text: "a mutex", address: addressOf(g.Frames[:i+1])}
		if x := lockedAt(l.frame); x != nil {
			l.text, l.field = exprText(x), lastName(x)
		}
		return l, true
	}
	return lock{}, false
}

// addressOf is where a mutex lies that calls under way lock, the last of which is its Lock or RLock: the
// argument of that or, where the compiler has inlined it or dropped the argument, of the slow path
// that it takes. 0 if that cannot be told.
func addressOf(calls []Frame) uint64 {
	for _, f := range slices.Backward(calls) {
		if f.Sure && len(f.Args) > 0 && strings.Contains(f.Func, "Mutex).") {
			return f.Args[0]
		}
	}
	return 0
}

// lockedAt is x of the call of x.Lock or x.RLock on the frame's line.
func lockedAt(f Frame) (x ast.Expr) {
	file, fset := source(f.File)
	if file == nil {
		return nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && fset.Position(call.Pos()).Line == f.Line {
			if on, method := receiver(call); on != nil && slices.Contains(lockMethods, method) {
				x = on
			}
		}
		return true
	})
	return x
}

// receiver is x and m of the call x.m(...).
func receiver(call *ast.CallExpr) (x ast.Expr, method string) {
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		return sel.X, sel.Sel.Name
	}
	return nil, ""
}

func lastName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

func exprText(x ast.Expr) string {
	if sel, ok := x.(*ast.SelectorExpr); ok {
		return exprText(sel.X) + "." + sel.Sel.Name
	}
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return "(...)"
}

// A holder is a goroutine that may hold a lock, and where it locked it.
type holder struct {
	g    Goroutine
	file string
	line int
	near bool // an argument of the frame lies just below the mutex, as a struct that has it does
}

// nearMax is how far a mutex may lie behind the beginning of its struct to be near.
const nearMax = 2 << 10

// guessHolders looks for goroutines with a function under way that has locked a mutex of
// l's name and not unlocked it again. The likeliest come first.
func guessHolders(l lock, all []Goroutine) (found []holder) {
	for _, g := range all {
		if w, waits := lockOf(g); waits && w.address == l.address {
			continue
		}
		for _, f := range g.Frames {
			if line := heldIn(f, l.field); line > 0 {
				h := holder{g: g, file: f.File, line: line}
				h.near = slices.ContainsFunc(f.Args, func(a uint64) bool { return a <= l.address && l.address-a < nearMax })
				found = append(found, h)
				break
			}
		}
	}
	slices.SortStableFunc(found, func(a, b holder) int {
		switch {
		case a.near == b.near:
			return 0
		case a.near:
			return -1
		}
		return 1
	})
	return found
}

// heldIn is the line before the frame's present one at which its function has locked a mutex
// of that name without unlocking it since; 0 if there is none.
func heldIn(f Frame, field string) int {
	file, fset := source(f.File)
	if file == nil || field == "" {
		return 0
	}
	body := bodyAround(file, fset, f.Line)
	if body == nil {
		return 0
	}
	w := walker{fset: fset, until: f.Line, field: field}
	w.block(body)
	return w.locked
}

// bodyAround is the innermost function body that has the line.
func bodyAround(file *ast.File, fset *token.FileSet, line int) (body *ast.BlockStmt) {
	ast.Inspect(file, func(n ast.Node) bool {
		var b *ast.BlockStmt
		switch n := n.(type) {
		case *ast.FuncDecl:
			b = n.Body
		case *ast.FuncLit:
			b = n.Body
		}
		if b != nil && fset.Position(b.Pos()).Line <= line && line <= fset.Position(b.End()).Line {
			body = b
		}
		return true
	})
	return body
}

// A walker reads a function from its beginning to a line.
type walker struct {
	fset   *token.FileSet
	until  int
	field  string
	locked int // the line of the last Lock that no Unlock followed
}

// block reads statements. What a branch does that is left by a return, and that the line is
// not in, has no effect on what follows.
func (w *walker) block(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil || w.fset.Position(n.Pos()).Line > w.until {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.DeferStmt:
			return false
		case *ast.BlockStmt:
			return !w.leaves(n)
		case *ast.CaseClause:
			return !w.leavesList(n, n.Body)
		case *ast.CallExpr:
			w.call(n)
		}
		return true
	})
}

func (w *walker) leaves(b *ast.BlockStmt) bool { return w.leavesList(b, b.List) }

// leavesList reports whether n, with those statements, ends before the line, and with a
// return or the like.
func (w *walker) leavesList(n ast.Node, list []ast.Stmt) bool {
	if len(list) == 0 || w.fset.Position(n.End()).Line >= w.until {
		return false
	}
	switch last := list[len(list)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		return ok && lastName(call.Fun) == "panic"
	}
	return false
}

func (w *walker) call(call *ast.CallExpr) {
	line := w.fset.Position(call.Pos()).Line
	x, method := receiver(call)
	if x == nil || lastName(x) != w.field || line >= w.until {
		return
	}
	switch method {
	case "Lock", "RLock":
		w.locked = line
	case "Unlock", "RUnlock":
		w.locked = 0
	}
}

// source reads the file at path, as a stack trace has it; nil if it is not there.
func source(path string) (*ast.File, *token.FileSet) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, locate(path), nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil
	}
	return file, fset
}
