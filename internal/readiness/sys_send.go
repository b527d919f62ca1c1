//go:build dragonfly || freebsd || netbsd || openbsd || (linux && !kqueue)

package readiness

// sending runs op, which sends on fd with sendFlags: they keep it from blocking.
func sending(_ int, op func() error) error { return op() }
