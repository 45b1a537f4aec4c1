package sandbox

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"strings"
)

// bends reports whether answers are to look as another source has them.
func (f *faults) bends() bool {
	return f.PascalCase || f.WrapSingle || f.MalformedTimes || f.Namespace || f.RelativeLinks || f.MissingIDs || f.UnknownWords
}

// bend rewrites an answer. It works on the finished bytes, and slowly, so that the straight way knows nothing of it;
// that the order of members is lost on the way is one more thing that a client must bear.
func (c *call) bend(body []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	root := map[string]any{}
	if err := dec.Decode(&root); err != nil {
		panic(err) // our own JSON
	}
	page, isPage := root["value"].([]any)
	entities := page
	if !isPage {
		entities = []any{root}
	}
	for i, one := range entities {
		entity, _ := one.(map[string]any)
		c.bendEntity(entity)
		if isPage && i == 0 && c.faults.MissingIDs {
			delete(entity, "id")
		}
	}
	if link, ok := root["@odata.nextLink"].(string); ok && c.faults.RelativeLinks {
		root["@odata.nextLink"] = strings.TrimPrefix(link, c.root)
	}
	if !isPage && c.faults.WrapSingle {
		return encode(map[string]any{"value": root})
	}
	return encode(root)
}

func (c *call) bendEntity(entity map[string]any) {
	f := c.faults
	if f.Namespace {
		entity["@odata.type"] = "#Microsoft.Teams.GraphSvc." + kinds[c.pattern].name
	}
	if id, _ := entity["id"].(string); f.UnknownWords && isOdd(id) {
		for property, word := range map[string]string{"deviceType": "holographicDisplay", "operationType": "deviceWipe", "status": "Paused"} {
			if _, ok := entity[property]; ok {
				entity[property] = word
			}
		}
	}
	if f.MalformedTimes && kinds[c.pattern].wire == operationKind.wire {
		for property, value := range entity {
			if text, ok := value.(string); ok && isTime(property) {
				entity[property] = strings.ReplaceAll(text, ":", "-")
			}
		}
	}
	if f.PascalCase {
		toPascal(entity)
	}
}

// isOdd picks one in three by its id, so that a list and a look agree.
func isOdd(id string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return h.Sum32()%3 == 0
}

func toPascal(value any) {
	switch v := value.(type) {
	case map[string]any:
		for property, inner := range v {
			if word, ok := inner.(string); ok && word != "" && isEnumWord(property) {
				v[property] = strings.ToUpper(word[:1]) + word[1:]
			}
			toPascal(inner)
		}
	case []any:
		for _, inner := range v {
			toPascal(inner)
		}
	}
}
