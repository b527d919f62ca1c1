//go:build !unix

package await

import (
	"io/fs"

	"github.com/awaitio/awaitio/proactor"
)

const (
	statSelf     = 0
	statFollow   = 0
	statNoFollow = 0
)

func systemStat(s *proactor.Stat) any { return s }

// identityOf finds none: no file of this package can be open here.
func identityOf(fs.FileInfo) (id struct{}, ok bool) { return id, false }
