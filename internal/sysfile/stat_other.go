//go:build !unix

package sysfile

import "io/fs"

// Flags of Statx.
const (
	StatSelf     = 0
	StatFollow   = 0
	StatNoFollow = 0
)

// SystemStat is s.
func SystemStat(s *Stat) any { return s }

// IdentityOf finds none: no file can be open here.
func IdentityOf(fs.FileInfo) (id Identity, ok bool) { return id, false }
