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
