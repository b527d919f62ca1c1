package simproc

import "testing"

// Go 1.26 and 1.27 write the labels of a goroutine in ways of their own.
func TestLabelsOfStacks(t *testing.T) {
	for _, header := range []string{
		`goroutine 7 [running, synctest bubble 3 labels:{"sim host": "n1", "sim boot": "n1#2"}]:`,
		`goroutine 7 [running labels:{"sim host": "n1", "sim boot": "n1#2"}, synctest bubble 3]:`,
		`goroutine 7 [running, synctest bubble 3] {"sim host": n1, "sim boot": "n1#2"}:`,
		`goroutine 7 gp=0x1 m=0 mp=0x2 [running, synctest bubble 3] {other: a.b/c_d, "sim host": n1, "sim boot": "n1#2"}:`,
	} {
		all := ParseStacks("\n\n" + header + "\nmain.f(...)\n\t/f.go:1 +0x1\n\n")
		if len(all) != 1 {
			t.Errorf("%d goroutines of %s", len(all), header)
			continue
		}
		g := all[0]
		if g.ID != 7 || g.State != "running" || g.Bubble != 3 || g.Labels["sim host"] != "n1" || g.Labels["sim boot"] != "n1#2" || len(g.Frames) != 1 {
			t.Errorf("%+v of %s", g, header)
		}
	}
	g := ParseStacks("goroutine 7 [select (durable), 2 minutes, synctest bubble 3] {a: b}:\nmain.f(...)\n\t/f.go:1 +0x1\n")
	if len(g) != 1 || g[0].State != "select" || !g[0].Idle || g[0].Bubble != 3 || g[0].Labels["a"] != "b" {
		t.Errorf("%+v", g)
	}
}

// Two mutexes are two also where the compiler has dropped the argument of Lock, as with -race.
func TestMutexesAreToldApart(t *testing.T) {
	const stack = `goroutine 7 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0xc000184eb8?, 0xe?, 0x0?)
	/usr/local/go/src/runtime/sema.go:95 +0x25
internal/sync.(*Mutex).lockSlow(0xc00009cf08)
	/usr/local/go/src/internal/sync/mutex.go:149 +0x1f3
internal/sync.(*Mutex).Lock(...)
	/usr/local/go/src/internal/sync/mutex.go:70
sync.(*Mutex).Lock(0x3b9aca00?)
	/usr/local/go/src/sync/mutex.go:46 +0x15
main.(*locks).forth(0xc00009cf00)
	/f.go:34 +0xae
created by main.main in goroutine 1
	/f.go:15 +0xd1
`
	g := ParseStacks(stack)[0]
	if l, ok := lockOf(g); !ok || l.address != 0xc00009cf08 || l.frame.Func != "main.(*locks).forth" {
		t.Errorf("it waits for %+v, %v", l, ok)
	}
	if g.Creator.Func != "main.main" || g.Creator.File != "/f.go" || g.Creator.Line != 15 {
		t.Errorf("it was started by %+v", g.Creator)
	}
}
