// Package sim runs programs that are written on package await on simulated hosts, in one
// process: with a network, disks and clocks that fail, in simulated time.
//
// The same seed brings the same network, disks and faults. On Linux Run repeats the schedule of
// goroutines too, nearly always: docs/decisions/simschedule.md has what it depends on.
//
// Run looks at these variables of the environment:
//
//	SIM_SEED=7       runs seed 7 alone, in this process, with the faults that testdata/sim says are needed
//	SIM_FAULTS=all   with SIM_SEED: with all faults
//	SIM_COUNT=1000   runs seeds 1 to 1000, whatever Config.Count says
//	SIM_TIME=10m     runs seeds that were not run before, for so long
//	SIM_MUTEX=block  leaves the runtime alone: a mutex held across simulated time stops the clock
//
// docs/SIMULATION.md of the module is a tutorial.
package sim
