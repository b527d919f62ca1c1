package apitest

import (
	"fmt"
	"slices"
	"strings"
)

// A verdict is what package await has for one name of net or os.
type verdict struct {
	name
	ours    []string // names of package await
	context []string // those with a context
	same    bool     // net's or os's own
	around  string   // the way round, where there is nothing
	note    string
}

// A table is the verdicts on both packages.
type table struct {
	verdicts   []verdict
	complaints []string // what is wrong with the decisions
	unknown    []string // names that nobody has decided about
}

// judge compares names with those of package await.
func judge(names, await []name) *table {
	t := &table{}
	ours := map[string]string{}
	for _, n := range await {
		ours[n.id] = n.signature
	}
	decided := map[string]bool{}
	for _, n := range names {
		decided[n.key()] = true
		t.judgeOne(n, ours)
	}
	for _, key := range decisionKeys() {
		if !decided[key] {
			t.unknown = append(t.unknown, key+" is decided about and not there")
		}
	}
	return t
}

func decisionKeys() (keys []string) {
	for key := range notHere {
		keys = append(keys, key)
	}
	for key := range notes {
		keys = append(keys, key)
	}
	for key := range counterparts {
		keys = append(keys, key)
	}
	for pkg, ids := range same {
		for _, id := range ids {
			keys = append(keys, pkg+"."+id)
		}
	}
	slices.Sort(keys)
	return keys
}

func (t *table) judgeOne(n name, ours map[string]string) {
	v := verdict{name: n, note: notes[n.key()]}
	owner, _, _ := strings.Cut(n.id, ".")
	candidates := candidatesFor(n)
	around, absent := notHere[n.key()]
	if !absent {
		around, absent = notHere[n.pkg+"."+owner]
	}
	if _, there := ours[n.id]; there && absent {
		t.complain(n, "is said not to be here, and it is")
	}
	for _, id := range candidates {
		signature, there := ours[id]
		switch {
		case !there || absent:
		case n.kind == "type" || signature == n.signature || v.note != "" && len(candidates) == 1:
			v.ours = append(v.ours, id)
			if _, there := ours[id+"Context"]; there {
				v.context = append(v.context, id+"Context")
			}
		case len(candidates) == 1:
			t.complain(n, "differs and has no note: await has %s, %s has %s", signature, n.pkg, n.signature)
		}
	}
	v.same = n.kind == "var" || n.kind == "const" || slices.Contains(same[n.pkg], owner)
	v.around = around
	switch {
	case len(v.ours) > 0 && v.same:
		t.complain(n, "is said to be %s's own, and await has %v", n.pkg, v.ours)
	case len(v.ours) == 0 && !v.same && !absent && len(candidates) > 0 && counterparts[n.pkg+"."+owner] != nil:
		t.complain(n, "has no counterpart in await: %v", candidates)
	case len(v.ours) == 0 && !v.same && !absent:
		t.unknown = append(t.unknown, n.key()+" is not decided about")
	}
	t.verdicts = append(t.verdicts, v)
}

func (t *table) complain(n name, format string, args ...any) {
	t.complaints = append(t.complaints, n.key()+" "+fmt.Sprintf(format, args...))
}

// candidatesFor are the names of package await that n's counterpart may have.
func candidatesFor(n name) (ids []string) {
	owner, member, isMember := strings.Cut(n.id, ".")
	theirs, known := counterparts[n.pkg+"."+owner]
	if n.kind == "func" && !known {
		return []string{n.id}
	}
	for _, our := range theirs {
		if isMember {
			our += "." + member
		}
		ids = append(ids, our)
	}
	return ids
}

// markdown is the table for people.
func (t *table) markdown() string {
	var b strings.Builder
	for _, pkg := range []string{"net", "os"} {
		t.writePackage(&b, pkg)
	}
	return b.String()
}

func (t *table) writePackage(b *strings.Builder, pkg string) {
	var here, own, absent []verdict
	for _, v := range t.verdicts {
		switch {
		case v.pkg != pkg:
		case len(v.ours) > 0:
			here = append(here, v)
		case v.same:
			own = append(own, v)
		default:
			absent = append(absent, v)
		}
	}
	fmt.Fprintf(b, "## %s\n\nOf the %d names of %s, %d have a counterpart, %d are used as they are, and %d are not here.\n\n",
		pkg, len(here)+len(own)+len(absent), pkg, len(here), len(own), len(absent))
	fmt.Fprintf(b, "| %s | await | with a context | |\n|---|---|---|---|\n", pkg)
	for _, v := range here {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", v.id, quoted(v.ours), quoted(v.context), v.note)
	}
	fmt.Fprintf(b, "\n### Not here\n\n| %s | way round |\n|---|---|\n", pkg)
	for _, v := range absent {
		fmt.Fprintf(b, "| `%s` | %s |\n", v.id, v.around)
	}
	fmt.Fprintf(b, "\n### Used as they are\n\n%s\n\n", grouped(own))
}

func quoted(ids []string) string {
	var all []string
	for _, id := range ids {
		all = append(all, "`"+id+"`")
	}
	return strings.Join(all, ", ")
}

// grouped is a list in which a type has its methods and fields behind it.
func grouped(all []verdict) string {
	members := map[string][]string{}
	for _, v := range all {
		if owner, member, ok := strings.Cut(v.id, "."); ok {
			members[owner] = append(members[owner], "`"+member+"`")
		}
	}
	var items []string
	for _, v := range all {
		if v.owner() != "" {
			continue
		}
		item := "`" + v.id + "`"
		if of := members[v.id]; of != nil {
			item += " (" + strings.Join(of, " ") + ")"
		}
		items = append(items, item)
	}
	return strings.Join(items, ", ")
}
