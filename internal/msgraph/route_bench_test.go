package msgraph

import "testing"

// BenchmarkRoute is what each read costs before it is sent and after it was answered.
func BenchmarkRoute(b *testing.B) {
	const id = "7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8"
	b.Run("fill", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := operationsRoute.fill(id); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("routeOf", func(b *testing.B) {
		for b.Loop() {
			if name := routeOf("GET", "/teamwork/devices/"+id+"/operations"); name != operationsRoute.String() {
				b.Fatal(name)
			}
		}
	})
}
