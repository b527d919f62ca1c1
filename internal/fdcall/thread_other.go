//go:build !linux

package fdcall

import "github.com/awaitio/awaitio/proactor"

func threadID() int { return 0 }

func findThreads([]*proactor.Operation) {}

func wchanOf(int) string { return "" }
