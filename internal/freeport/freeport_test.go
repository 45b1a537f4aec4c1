package freeport

import (
	"net"
	"testing"
)

func TestNoAddressIsReturnedTwice(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		addr, err := Addr(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if seen[addr] {
			t.Fatalf("%s was returned before", addr)
		}
		seen[addr] = true
	}
}

func TestAddressesAreFree(t *testing.T) {
	for range 100 {
		addr, err := Addr(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
	}
}
