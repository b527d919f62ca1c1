package raftkv_test

import (
	"fmt"
	"math"

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

// explain tells of the calls on each key that are not those of one value.
func explain(h *history) (text string) {
	for _, part := range model.Partition(operations(h)) {
		if porcupine.CheckOperations(model, part) {
			continue
		}
		text += fmt.Sprintf("the calls on %s are not linearizable:\n", part[0].Input.(raftkv.Request).Key)
		for _, o := range part {
			r := o.Input.(raftkv.Request)
			end := fmt.Sprint(o.Return)
			if o.Return == math.MaxInt64 {
				end = "?"
			}
			text += fmt.Sprintf("  %d-%s client %d: %s %s %q\n", o.Call, end, o.ClientId, r.Op, r.Value, o.Output)
		}
	}
	return text
}
