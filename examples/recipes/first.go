package recipes

import (
	"context"
	"errors"
)

// First calls all of ask at once and returns the first answer that is no error. Then the contexts
// of the others end, and First returns when each of them has: nothing it lent out is still in use.
// Without an answer the error is that of all.
func First[T any](ctx context.Context, ask ...func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, len(ask))
	for _, f := range ask {
		go func() {
			value, err := f(ctx)
			answers <- answer{value, err}
		}()
	}
	var first T
	found, failed := false, error(nil)
	for range ask {
		switch a := <-answers; {
		case found: // too late
		case a.err != nil:
			failed = errors.Join(failed, a.err)
		default:
			first, found = a.value, true
			cancel()
		}
	}
	if found {
		return first, nil
	}
	return first, failed
}
