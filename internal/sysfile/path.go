package sysfile

import (
	"errors"
	"os"
	"strings"
)

// errPatternHasSeparator is as in package os.
var errPatternHasSeparator = errors.New("pattern contains path separator")

// TempName splits the pattern of a temporary file's name into the parts before and behind
// the random one.
func TempName(pattern string) (prefix, suffix string, err error) {
	for i := range len(pattern) {
		if os.IsPathSeparator(pattern[i]) {
			return "", "", errPatternHasSeparator
		}
	}
	if i := strings.LastIndexByte(pattern, '*'); i >= 0 {
		return pattern[:i], pattern[i+1:], nil
	}
	return pattern, "", nil
}

// JoinPath joins names as package os does, which does not clean them.
func JoinPath(dir, name string) string {
	if dir != "" && os.IsPathSeparator(dir[len(dir)-1]) {
		return dir + name
	}
	return dir + string(os.PathSeparator) + name
}
