//go:build race

package main

// raceFactor is what the race detector makes of times.
const raceFactor = 20
