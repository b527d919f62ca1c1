package repotest

import (
	"path"
	"regexp"
	"strings"
)

const decisions = "docs/decisions/"

// checkDecisions wants each record of a decision in the index beside it, under the record's
// own title, and each record that Go code cites to exist.
func checkDecisions(t *tree) (bad []string) {
	index := t.text(decisions + "README.md")
	for _, f := range t.files {
		name, record := strings.CutPrefix(f.path, decisions)
		if record && name != "README.md" {
			title, _, _ := strings.Cut(strings.TrimPrefix(string(f.src), "# "), "\n")
			if !strings.Contains(index, "]("+name+") | "+title+" |\n") {
				bad = append(bad, f.path+": the index has no line with its title")
			}
		}
		if path.Ext(f.path) != ".go" || f.dir() == "internal/repotest" {
			continue
		}
		for _, cited := range citation.FindAllString(string(f.src), -1) {
			if !t.contains(cited) {
				bad = append(bad, f.path+": there is no "+cited)
			}
		}
	}
	return bad
}

var citation = regexp.MustCompile(`docs/decisions/\w+\.md`)
