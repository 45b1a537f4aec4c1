package msgraph

import (
	"bytes"
	"encoding/json"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// mayHaveNullItem reports whether a null may stand in a list: a member's follows a colon.
// Every body passes here, so it does not cost a regular expression's time.
func mayHaveNullItem(body []byte) bool {
	for rest := body; ; {
		at := bytes.Index(rest, []byte("null"))
		if at < 0 {
			return false
		}
		before := bytes.TrimRight(rest[:at], " \t\r\n")
		if n := len(before); n > 0 && (before[n-1] == '[' || before[n-1] == ',') {
			return true
		}
		rest = rest[at+len("null"):]
	}
}

// withoutNulls leaves out the nulls that stand in lists below the value: the schema
// promises items, and one null would cost the client all that surrounds it. The
// members of a page itself are left to withIDs. Bodies without one pass untouched.
func withoutNulls(body []byte) ([]byte, []teamwork.Warning) {
	if !mayHaveNullItem(body) {
		return body, nil
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&tree) != nil {
		return body, nil // whoever decodes it will say so
	}
	left := 0
	tree = strip(tree, true, &left)
	if left == 0 {
		return body, nil
	}
	stripped, err := json.Marshal(tree)
	if err != nil {
		return body, nil
	}
	return stripped, []teamwork.Warning{{Code: "UNREADABLE_MEMBER", Message: "upstream sent null in a list, which is left out"}}
}

// strip removes nulls from the lists of a tree and counts them in left; top says
// that the tree is a body, whose value may be a page.
func strip(tree any, top bool, left *int) any {
	switch t := tree.(type) {
	case map[string]any:
		for name, below := range t {
			items, isPage := below.([]any)
			if top && isPage && name == "value" {
				for i := range items {
					items[i] = strip(items[i], false, left)
				}
				continue
			}
			t[name] = strip(below, false, left)
		}
	case []any:
		kept := t[:0]
		for _, item := range t {
			if item == nil {
				*left++
				continue
			}
			kept = append(kept, strip(item, false, left))
		}
		return kept
	}
	return tree
}
