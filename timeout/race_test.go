//go:build race

package timeout

// raceEnabled: the race detector allocates in places of its own.
const raceEnabled = true
