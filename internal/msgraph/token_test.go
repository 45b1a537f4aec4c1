package msgraph

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// slowToken hangs the first time until it is told to stop; its error, as azidentity's, wraps nothing.
type slowToken struct {
	asked int
	took  time.Duration
}

func (s *slowToken) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if s.asked++; s.asked == 1 {
		began := time.Now()
		<-ctx.Done()
		s.took = time.Since(began)
		return azcore.AccessToken{}, errors.New("ClientSecretCredential: " + ctx.Err().Error())
	}
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func behind(t *testing.T, s *slowToken) (*Client, *box) {
	return boxed(t, Options{Authorization: runtime.NewBearerTokenPolicy(s, []string{"s"}, nil)})
}

func TestBatchWhoseTokenIsSlowIsTriedInHalves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := behind(t, &slowToken{})
		ctx := c.Gathering(t.Context())
		teamwork.Together(ctx, 3, func(i int) {
			if _, err := c.Device(ctx, names(3)[i]); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		})
	})
}

func TestWhoLeavesWhileTheTokenComesIsNobodysError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := behind(t, &slowToken{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.Device(ctx, "d1"); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

func TestTokenIsPartOfATry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowToken{}
		c, _ := behind(t, s)
		_, _ = c.Device(t.Context(), "d1")
		if s.took != tryTimeout {
			t.Errorf("the token was waited for %v, want %v", s.took, tryTimeout)
		}
	})
}
