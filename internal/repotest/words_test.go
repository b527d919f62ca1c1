package repotest

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// homemade are the words of this project's own that the field has others for, as parts of
// identifiers and of file names. homemadeAlone are words that are in order as a part
// ("isHere", "callsTaken") and say too little on their own.
var (
	homemade = regexp.MustCompile(`(^|_)(` + strings.Join([]string{
		"company", "crowd(ed)?", // batching, completion rate
		"stands?_ins?", "standing", "stood", // combiner, combining
		"luck", "credit", // success estimate, score
		"vain", "give_way", // idle polls, yield the CPU
		"recall",                              // yield behind the woken goroutines; withdraw
		"portion",                             // budget
		"hush",                                // notifications off
		"stock",                               // free list
		"strays?",                             // affinity
		"knack",                               // page-cache hit estimate
		"lenders?", "loans?", "borrow(s|ed)?", // bounce buffer
		"lookouts?", "look_away", "stir(s|red)?", // room waiter
		"chase[ds]?",    // cancel retry
		"flights?",      // operation
		"cargo",         // kernel arguments
		"aground",       // needs resubmission
		"board",         // allocate
		"personal",      // thread-bound
		"depersonalize", // the same
	}, "|") + `)(_|$)`)

	homemadeAlone = []string{
		"turn", "saw", "take", "took", "has", "wanted", "told", "gone", "over",
		"alone", "quiet", "calm", "many", "here", "place", "stays", "disk", "share",
	}
)

// inFlight are the field's words that have one of the others in them.
var inFlight = regexp.MustCompile(`(^|_)in_flight(_|$)|(^|_)flight_recorder(_|$)`)

// diskWord is in order where disks are what it is about.
const diskWord, diskDir = "disk", "sim"

// ownWords are directories where such words still are.
var ownWords = []string{"internal/sim", "internal/kq", "internal/testutil", "internal/apitest", "internal/compat"}

// checkWords keeps those words out of identifiers and file names.
func checkWords(t *tree) (bad []string) {
	bound := func(f *file) bool {
		return !f.nested && !slices.ContainsFunc(ownWords, f.under)
	}
	for _, f := range t.goFiles(bound) {
		isHomemade := func(name string) bool { return isHomemade(name) && (name != diskWord || f.dir() != diskDir) }
		if name := strings.TrimSuffix(path.Base(f.path), ".go"); isHomemade(name) {
			bad = append(bad, f.path+": a file is named with a word that the field does not use")
		}
		seen := map[string]bool{}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && !seen[id.Name] && isHomemade(id.Name) {
				seen[id.Name] = true
				bad = append(bad, t.at(id.Pos(), "%s: say it with the field's word", id.Name))
			}
			return true
		})
	}
	return bad
}

// under reports whether f is in dir or below.
func (f *file) under(dir string) bool { return f.dir() == dir || strings.HasPrefix(f.dir(), dir+"/") }

func isHomemade(name string) bool {
	if slices.Contains(homemadeAlone, name) {
		return true
	}
	return homemade.MatchString(inFlight.ReplaceAllString(snake(name), "_"))
}

var hump = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// snake is an identifier's words in lower case, with underscores between them.
func snake(name string) string {
	for hump.MatchString(name) {
		name = hump.ReplaceAllString(name, "${1}${3}_${2}${4}")
	}
	return strings.ToLower(name)
}
