//go:build !unix

package await

import "github.com/awaitio/awaitio/proactor"

const (
	statSelf     = 0
	statFollow   = 0
	statNoFollow = 0
)

func systemStat(s *proactor.Stat) any { return s }
