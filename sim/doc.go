// Package sim runs programs that use package await on simulated hosts, in one process and in
// simulated time. The network, the disks and the clocks can fail.
//
// The same seed produces the same network, disks and faults. On Linux, Run nearly always repeats
// the schedule of goroutines too; docs/decisions/simschedule.md says what that depends on.
//
// Run reads these environment variables:
//
//	SIM_SEED=7       runs seed 7 alone, in this process, with the faults that testdata/sim lists
//	SIM_FAULTS=all   with SIM_SEED: with all faults
//	SIM_COUNT=1000   runs seeds 1 to 1000, instead of Config.Count seeds
//	SIM_TIME=10m     runs new seeds for ten minutes
//	SIM_MUTEX=block  does not change Go's runtime: a mutex held across simulated time stops the clock
//
// docs/SIMULATION.md of the module is a tutorial.
package sim
