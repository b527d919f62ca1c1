package plan

import (
	"slices"
	"testing"
)

var few = []Row{
	{Name: "echo/1", Contenders: []string{"net", "awaitio", "gnet"}, Base: "net"},
	{Name: "twin/1", Contenders: []string{"net"}, Base: "net", Twin: true},
	{Name: "echo/2", Contenders: []string{"net", "awaitio"}, Base: "net", Full: true},
	{Name: "read/1", Contenders: []string{"os", "awaitio"}, Base: "os"},
}

func TestSelect(t *testing.T) {
	for _, tt := range []struct {
		choice Choice
		want   []string
	}{
		{Choice{}, []string{"echo/1", "twin/1", "read/1"}},
		{Choice{Generator: "epoll"}, []string{"echo/1", "read/1"}},
		{Choice{Full: true}, []string{"echo/1", "twin/1", "echo/2", "read/1"}},
		{Choice{Smoke: true}, []string{"echo/1", "twin/1", "echo/2", "read/1"}},
		{Choice{Rows: "^echo/", Full: true}, []string{"echo/1", "echo/2"}},
		{Choice{Rows: "1$"}, []string{"echo/1", "twin/1", "read/1"}},
	} {
		rows, err := tt.choice.Select(few)
		if err != nil {
			t.Errorf("%+v: %v", tt.choice, err)
		}
		var names []string
		for _, r := range rows {
			names = append(names, r.Name)
		}
		if !slices.Equal(names, tt.want) {
			t.Errorf("%+v: got %v, want %v", tt.choice, names, tt.want)
		}
	}
}

// Without its base a row would have no ratios.
func TestSelectKeepsTheBase(t *testing.T) {
	rows, err := Choice{Contenders: "gnet"}.Select(few)
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[0].Contenders; !slices.Equal(got, []string{"net", "gnet"}) {
		t.Errorf("got %v", got)
	}
	if got := few[0].Contenders; len(got) != 3 {
		t.Errorf("the rows themselves have changed: %v", got)
	}
}

func TestSelectRefuses(t *testing.T) {
	for _, c := range []Choice{{Rows: "("}, {Rows: "nothing"}, {Contenders: "nobody"}} {
		if rows, err := c.Select(few); err == nil {
			t.Errorf("%+v picks %v", c, rows)
		}
	}
}
