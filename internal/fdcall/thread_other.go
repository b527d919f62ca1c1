//go:build !linux

package fdcall

func threadID() int { return 0 }

func wchanOf(int) string { return "" }
