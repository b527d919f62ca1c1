//go:build race

package proactor_test

const raceDetector = true
