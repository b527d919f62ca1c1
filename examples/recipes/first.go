package recipes

import (
	"context"
	"errors"
)

// First calls all functions at once and returns the first answer without an error. Before it returns,
// it ends the contexts of the others and waits for them, so no buffer of theirs is still in use. If
// all fail, it returns all their errors, joined.
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
