package auth

import (
	"context"
	"errors"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// discreet is a credential whose errors don't quote an answer that could not be read: it
// may be a token. What comes before it is said in one line.
type discreet struct{ azcore.TokenCredential }

// GetToken returns a token.
func (d discreet) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := d.TokenCredential.GetToken(ctx, opts)
	if err != nil && answerOf(err) == nil && ctx.Err() == nil { //nolint:bodyclose // azcore has read it
		if line, _, more := strings.Cut(err.Error(), "\n"); more {
			err = noToken{errors.New(line)}
		}
	}
	return token, err
}
