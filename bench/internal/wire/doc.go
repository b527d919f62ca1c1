// Package wire is what the processes of a measurement tell each other: lines of
// JSON, on a child's standard input and output. The parent asks, the child
// answers; a child ends when its input does.
package wire
