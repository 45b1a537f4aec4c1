package graph

import (
	"net/http"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// tellChallenge returns the status of an answer, and sets the header that comes with it.
// Where a part is missing for want of claims in the caller's token, the answer is 401 as
// libraries expect it that know how to get another token.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func tellChallenge(header http.Header, trail *teamwork.Trail) (status int) {
	claims := trail.Challenged()
	if claims == "" {
		return http.StatusOK
	}
	header["Www-Authenticate"] = []string{`Bearer error="insufficient_claims", error_description="Microsoft Graph asks for more claims", claims="` + claims + `"`}
	return http.StatusUnauthorized
}
