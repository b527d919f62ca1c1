// Package sim runs programs that are written on package await on simulated hosts, in one
// process: with a network, disks and clocks that fail, in simulated time.
//
// The same seed brings the same network, disks and faults, not the same schedule.
package sim
