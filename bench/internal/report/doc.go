// Package report shows results: as Markdown, between the markers of a document,
// and as plots.
package report
