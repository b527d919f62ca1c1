//go:build unix

package proactor_test

import (
	"testing"

	"github.com/awaitio/awaitio/internal/lawstest"
	"github.com/awaitio/awaitio/proactor"
)

func TestLaws(t *testing.T) {
	lawstest.Test(t, lawstest.Inside{
		New:   proactor.NewOn,
		State: (*proactor.Proactor).State,
		Op:    (*proactor.Completion).State,
		Left:  (*proactor.Proactor).Left,
		Keeps: (*proactor.Completion).KeepsSomething,

		DescriptorClosed: proactor.ErrDescriptorClosed,
	})
}
