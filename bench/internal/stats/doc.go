// Package stats has the figures of a comparison: samples by metric, medians, and
// ratios of what was measured side by side.
package stats
