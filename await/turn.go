package await

import "context"

// A turn is had by one at a time: it holds a token meanwhile.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits until nobody has the turn.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	if ctx == nil {
		return errNilContext
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return endOf(ctx)
	}
}

// tryTake is take for those who will not wait.
func (t turn) tryTake() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

func (t turn) give() { <-t }
