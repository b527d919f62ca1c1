package machine

import (
	"errors"
	"testing"
	"time"
)

func TestCosts(t *testing.T) {
	costs, err := Costs()
	if err != nil {
		t.Fatal(err)
	}
	if one, other, _ := processors(); len(costs) != 2 && one == other || len(costs) != 4 && one != other {
		t.Errorf("got %+v", costs)
	}
	for _, c := range costs {
		if c.What == "" || c.Time <= 0 {
			t.Errorf("%+v", c)
		}
	}
}

func TestMedianKeepsTheFirstError(t *testing.T) {
	first := errors.New("first")
	var failed error
	n := time.Duration(0)
	got := median(func() (time.Duration, error) {
		if n++; n == 2 {
			return n, first
		}
		if n == 4 {
			return n, errors.New("second")
		}
		return n, nil
	}, &failed)
	if got != 3 || failed != first {
		t.Errorf("got %v, %v", got, failed)
	}
}
