package report

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The markers between which a document has the report. What is around them is
// written by people.
const (
	beginMarker = "<!-- bench:begin -->"
	endMarker   = "<!-- bench:end -->"
)

var errMarkers = errors.New("no " + beginMarker + " with an " + endMarker + " after it: add both where the report is to be")

// Insert puts the report between the markers of the document, and leaves the
// rest of it as it is.
func Insert(document, report string) (string, error) {
	before, rest, ok := strings.Cut(document, beginMarker)
	if !ok {
		return "", errMarkers
	}
	_, after, ok := strings.Cut(rest, endMarker)
	if !ok {
		return "", errMarkers
	}
	return before + beginMarker + "\n" + strings.TrimSpace(report) + "\n" + endMarker + after, nil
}

// Update is Insert in the file path.
func Update(path, report string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the document that gets the report: %w", err)
	}
	document, err := Insert(string(old), report)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(document), 0o644)
}
