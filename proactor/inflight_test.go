package proactor

import (
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
)

func TestInFlightTableFindsWhatItHas(t *testing.T) {
	var table inFlightTable
	cs := make([]Completion, 1000) // it grows several times
	seen := map[backend.Token]bool{}
	for i := range cs {
		table.add(&cs[i])
		token := cs[i].req.Token
		if token == backend.TokenNone || seen[token] {
			t.Fatalf("token %v of number %d is none or another's", token, i)
		}
		seen[token] = true
	}
	if table.size != len(cs) {
		t.Errorf("size %d, want %d", table.size, len(cs))
	}
	for i := range cs {
		if table.get(cs[i].req.Token) != &cs[i] {
			t.Errorf("number %d is not found", i)
		}
	}
	for i := range cs {
		table.remove(cs[i].req.Token)
	}
	if table.size != 0 {
		t.Errorf("size %d, want 0", table.size)
	}
	for token := range seen {
		if table.get(token) != nil {
			t.Errorf("stale token %v finds something", token)
		}
	}
}

func TestInFlightTableTellsUsesOfASlotApart(t *testing.T) {
	var table inFlightTable
	var first, second Completion
	table.add(&first)
	stale := first.req.Token
	table.remove(first.req.Token)
	if first.req.Token != backend.TokenNone {
		t.Error("a removed Completion keeps its token")
	}
	table.add(&second)
	if second.req.Token.Index != stale.Index {
		t.Fatal("the slot was not used again")
	}
	if table.get(stale) != nil {
		t.Error("a stale token finds the slot's next user")
	}
	if table.get(second.req.Token) != &second {
		t.Error("the new token does not")
	}
}

func TestInFlightTableNeverGivesGenerationZero(t *testing.T) {
	var table inFlightTable
	var c Completion
	table.add(&c)
	i := c.req.Token.Index
	table.slots[i].generation = backend.GenerationMax
	c.req.Token = backend.Token{Index: i, Generation: backend.GenerationMax}
	table.remove(c.req.Token)
	table.add(&c)
	if g := c.req.Token.Generation; g != 1 {
		t.Errorf("generation %d after the last, want 1", g)
	}
}

func TestInFlightTableKnowsNoForeignToken(t *testing.T) {
	var table inFlightTable
	for _, token := range []backend.Token{
		{}, {Index: 0, Generation: 1}, {Index: 1<<32 - 1, Generation: 1},
	} {
		if table.get(token) != nil {
			t.Errorf("an empty table finds %v", token)
		}
	}
	var c Completion
	table.add(&c)
	for _, token := range []backend.Token{
		{}, {Index: 1, Generation: 1}, {Index: 0, Generation: 2}, {Index: 64, Generation: 1},
	} {
		if token != c.req.Token && table.get(token) != nil {
			t.Errorf("%v finds something", token)
		}
	}
}
