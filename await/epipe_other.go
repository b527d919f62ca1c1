//go:build !unix

package await

func brokenPipe(_ int, _ []byte, err error) (int, error) { return 0, err }
