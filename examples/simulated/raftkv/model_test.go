package raftkv_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/awaitio/awaitio/examples/simulated/raftkv"
	"github.com/awaitio/awaitio/sim"
)

type history = sim.History[raftkv.Request, string]

// model is one key of the store, as porcupine wants it.
var model = porcupine.Model{
	Partition: func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
		at := map[string]int{}
		for _, o := range all {
			key := o.Input.(raftkv.Request).Key
			if _, known := at[key]; !known {
				at[key] = len(parts)
				parts = append(parts, nil)
			}
			parts[at[key]] = append(parts[at[key]], o)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		value := state.(string)
		switch r := input.(raftkv.Request); r.Op {
		case raftkv.Put:
			return true, r.Value
		case raftkv.Append:
			return true, value + r.Value
		}
		return output == value, value
	},
}

// operations are the calls of a history. A read that failed has told nothing; any other call that
// failed may happen at any later time.
func operations(h *history) (all []porcupine.Operation) {
	for _, c := range h.Calls() {
		if c.End < 0 && c.In.Op == raftkv.Get {
			continue
		}
		if c.End < 0 {
			c.End = math.MaxInt64
		}
		all = append(all, porcupine.Operation{ClientId: c.Client, Input: c.In, Call: c.Begin, Output: c.Out, Return: c.End})
	}
	return all
}

// explain tells of the first read of a key that does not fit to the calls before it, if there is one.
func explain(h *history) string {
	for _, part := range model.Partition(operations(h)) {
		if porcupine.CheckOperations(model, part) {
			continue
		}
		known := misfit(part)
		var text strings.Builder
		text.WriteString(fmt.Sprintf("key %s is not linearizable. The last calls, with the numbers of their beginnings and ends:\n",
			part[0].Input.(raftkv.Request).Key))
		for _, o := range known[max(0, len(known)-linesMax):] {
			text.WriteString("  " + line(o) + "\n")
		}
		return text.String()
	}
	return ""
}

// linesMax is how many calls are told.
const linesMax = 12

// misfit is what was known of calls when the first read returned that does not fit to the others: it
// comes last.
func misfit(all []porcupine.Operation) (known []porcupine.Operation) {
	slices.SortFunc(all, func(a, b porcupine.Operation) int { return cmp.Compare(a.Return, b.Return) })
	at := sort.Search(len(all), func(i int) bool { return !porcupine.CheckOperations(model, asOf(all, i)) })
	known = asOf(all, min(at, len(all)-1))
	slices.SortStableFunc(known, func(a, b porcupine.Operation) int { return cmp.Compare(a.Return, b.Return) })
	return slices.Concat(known[at+1:], known[:at+1]) // what was under way first
}

// asOf is the first i+1 of calls to end, and the writes that had begun by then.
func asOf(all []porcupine.Operation, i int) (known []porcupine.Operation) {
	for j, o := range all {
		switch {
		case j <= i:
			known = append(known, o)
		case o.Call < all[i].Return && o.Input.(raftkv.Request).Op != raftkv.Get:
			o.Return = math.MaxInt64
			known = append(known, o)
		}
	}
	return known
}

func line(o porcupine.Operation) string {
	r := o.Input.(raftkv.Request)
	end := fmt.Sprint(o.Return)
	if o.Return == math.MaxInt64 {
		end = "?"
	}
	if r.Op == raftkv.Get {
		return fmt.Sprintf("%d to %s: client %d reads %q", o.Call, end, o.ClientId, o.Output)
	}
	return fmt.Sprintf("%d to %s: client %d has %s %q", o.Call, end, o.ClientId, r.Op, r.Value)
}
