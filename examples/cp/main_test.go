package main

import (
	"testing"

	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) {
	if program.Called() {
		main()
		return
	}
	testutil.Main(m)
}
