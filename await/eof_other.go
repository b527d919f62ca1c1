//go:build !unix

package await

func isDatagram(int) bool { return false }
