package teamwork

// UpstreamStatus is what is known of Microsoft Graph without asking it.
type UpstreamStatus struct {
	// Circuit says whether upstream is asked at all.
	Circuit CircuitState
	// ThrottledUntil is until when upstream asked this application to wait, as far as
	// any replica knows; zero when it did not.
	ThrottledUntil DateTime
	// LastSuccessAt is zero before the first success.
	LastSuccessAt DateTime
	// LastErrorCode is what upstream called its last failure, or our word for a
	// failure without an answer; nil before one.
	LastErrorCode *string
	// DeprecatedSince and SunsetAt come from upstream's Deprecation and Sunset
	// headers; zero until seen.
	DeprecatedSince DateTime
	SunsetAt        DateTime
}

// CircuitState is what the circuit breaker before upstream does, spelled as in the
// schema.
type CircuitState string

// The states of a circuit.
const (
	CircuitClosed   CircuitState = "CLOSED"    // requests go through
	CircuitHalfOpen CircuitState = "HALF_OPEN" // one goes through, to see
	CircuitOpen     CircuitState = "OPEN"      // none does: upstream failed too often
)
