// Package run is the parent of a measurement: it starts the processes, asks them
// to work in turns, and makes samples of their answers.
package run
