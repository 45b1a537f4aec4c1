package graph

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
)

// MarshalDateTime writes RFC 3339 in UTC, and null when there is no time. A text
// of upstream's that is no time leaves a warning with the path of the field, on
// every answer that shows the field, remembered or not.
func MarshalDateTime(d teamwork.DateTime) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(ctx context.Context, w io.Writer) error {
		if d.Known() {
			_, err := w.Write(appendTime(make([]byte, 0, len(time.RFC3339Nano)+2), d))
			return err
		}
		if text := d.Malformed(); text != "" {
			teamwork.TrailFrom(ctx).Warn(malformedTime(graphql.GetPath(ctx), text))
		}
		_, err := io.WriteString(w, "null")
		return err
	})
}

// appendTime writes a time that is known.
func appendTime(b []byte, d teamwork.DateTime) []byte {
	return append(d.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// UnmarshalDateTime takes any string: a date that is none is refused where its
// argument can be named, by the Validate of what holds it.
func UnmarshalDateTime(_ context.Context, v any) (teamwork.DateTime, error) {
	switch v := v.(type) {
	case nil:
		return teamwork.DateTime{}, nil
	case string:
		return teamwork.ParseInputDateTime(v), nil
	}
	return teamwork.ParseInputDateTime(fmt.Sprint(v)), nil
}

// maxShownText bounds how much of upstream's text a warning repeats, in bytes.
const maxShownText = 64

func malformedTime(path ast.Path, text string) teamwork.Warning {
	steps := make([]any, len(path))
	for i, step := range path {
		steps[i] = step
	}
	return teamwork.Warning{
		Code:    "MALFORMED_TIME",
		Message: "upstream sent " + strconv.QuoteToASCII(text[:min(len(text), maxShownText)]) + ", which is no time",
		Path:    steps,
	}
}
