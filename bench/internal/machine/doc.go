// Package machine measures what the kernel and the processors of this machine take for what
// all contenders do: a benchmark's ratios are to be read with that in mind.
package machine
