// Package quick reads and writes the nouns' JSON in a fraction of encoding/json's time,
// and exactly as encoding/json would: what it is not sure of it leaves to its caller, who
// then asks encoding/json. The code for each noun is generated from its tags.
package quick

//go:generate go run generate.go
