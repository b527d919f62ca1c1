package main

import (
	"testing"

	"github.com/awaitio/awaitio/bench/internal/benchtest"
	"github.com/awaitio/awaitio/bench/internal/child"
)

func TestMain(m *testing.M) { benchtest.Main(m, child.Main) }
