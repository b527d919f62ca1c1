//go:build unix

package sim

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/awaitio/awaitio/internal/sim"
)

// A script is a seed that has failed, and the faults that it needed for that.
type script struct {
	seed   uint64
	only   bool // the faults below alone happen
	faults []uint64
	words  map[uint64]string // what each of them is
}

const scriptHead = "# A seed that failed, and the faults that were needed: sim.Run runs it first. Remove it when it is of no use.\n"

func scriptDir(test string) string { return filepath.Join("testdata", "sim", filepath.FromSlash(test)) }

func scriptPath(test string, seed uint64) string {
	return filepath.Join(scriptDir(test), strconv.FormatUint(seed, 10))
}

// String is the script's text.
func (s script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sseed %d\n", scriptHead, s.seed)
	if s.only {
		b.WriteString("only\n")
	}
	for _, id := range s.faults {
		fmt.Fprintf(&b, "fault %v %s\n", sim.FaultID(id), s.words[id])
	}
	return b.String()
}

func readScript(path string) (s script, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	s.words = map[uint64]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "seed":
			if s.seed, err = strconv.ParseUint(rest, 10, 64); err != nil {
				return s, fmt.Errorf("%s: %w", path, err)
			}
		case "only":
			s.only = true
		case "fault":
			number, words, _ := strings.Cut(rest, " ")
			id, err := sim.ParseFaultID(number)
			if err != nil {
				return s, fmt.Errorf("%s: %w", path, err)
			}
			s.faults = append(s.faults, uint64(id))
			s.words[uint64(id)] = words
		}
	}
	return s, nil
}

// readScripts reads those of a test, in the order of their seeds. Tests of others may have
// theirs in directories below.
func readScripts(test string) (all []script, err error) {
	entries, err := os.ReadDir(scriptDir(test))
	if os.IsNotExist(err) {
		return nil, nil
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		s, err := readScript(filepath.Join(scriptDir(test), e.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b script) int { return int(min(a.seed, 1<<62)) - int(min(b.seed, 1<<62)) })
	return all, err
}

func writeScript(test string, s script) (path string, err error) {
	path = scriptPath(test, s.seed)
	if err = os.MkdirAll(filepath.Dir(path), 0o777); err == nil {
		err = os.WriteFile(path, []byte(s.String()), 0o666)
	}
	return path, err
}
