// Package lawstest holds a proactor against the laws of the design, in random schedules
// in the simulated worlds of package sim. Only tests may use it.
package lawstest
