package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Choice is what the command line picks of all rows.
type Choice struct {
	Rows       string // a regular expression on their names; empty is all
	Contenders string // names with commas between them; empty is all
	Full       bool   // those too that take long
	Smoke      bool   // all of them, shrunk
	Generator  string // every load generator is of this kind: no row with both is wanted
}

// Select picks from rows. The base of a row stays, whoever else is wanted.
func (c Choice) Select(rows []Row) ([]Row, error) {
	pattern, err := regexp.Compile(c.Rows)
	if err != nil {
		return nil, fmt.Errorf("-rows is no regular expression: %w", err)
	}
	wanted, err := c.contenders(rows)
	if err != nil {
		return nil, err
	}
	var picked []Row
	for _, r := range rows {
		if !pattern.MatchString(r.Name) || r.Full && !c.Full && !c.Smoke || r.Twin && c.Generator != "" {
			continue
		}
		r.Contenders = slices.DeleteFunc(slices.Clone(r.Contenders), func(name string) bool {
			return name != r.Base && wanted != nil && !slices.Contains(wanted, name)
		})
		if c.Smoke {
			r = r.Shrink()
		}
		picked = append(picked, r)
	}
	if len(picked) == 0 {
		return nil, fmt.Errorf("-rows %q picks none of them; -list shows them", c.Rows)
	}
	return picked, nil
}

// contenders refuses names that no row has.
func (c Choice) contenders(rows []Row) ([]string, error) {
	if c.Contenders == "" {
		return nil, nil
	}
	var all []string
	for _, r := range rows {
		all = append(all, r.Contenders...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	wanted := strings.Split(c.Contenders, ",")
	for _, name := range wanted {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("-contenders: there is no %q; there are %s", name, strings.Join(all, ", "))
		}
	}
	return wanted, nil
}
