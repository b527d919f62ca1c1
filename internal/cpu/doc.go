// Package cpu gives the processor of the calling thread to others for a moment.
package cpu
