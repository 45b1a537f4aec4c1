package teamwork

// UpstreamStatus is what is known of Microsoft Graph without asking it.
type UpstreamStatus struct {
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
