package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/vektah/gqlparser/v2"
)

// Trusted are the only documents that a server with some executes, by id or by text.
type Trusted struct {
	texts map[string]string // by id
	known map[string]bool   // the texts
}

// LoadTrusted reads a file such as graphql-codegen's persisted-documents.json, an object
// of documents by id, or all such files and all .graphql files of a folder, whose ids are
// the SHA-256 of their text. A document that the schema does not allow is an error.
func LoadTrusted(path string) (*Trusted, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	t := &Trusted{texts: map[string]string{}, known: map[string]bool{}}
	if !info.IsDir() {
		return t, t.load(path)
	}
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return t.load(file)
	})
	if err == nil && len(t.texts) == 0 {
		err = errors.New("there is no document in it")
	}
	return t, err
}

// reason leaves out the path, which whoever asked for it knows.
func reason(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

func (t *Trusted) load(file string) error {
	name := filepath.Base(file)
	extension := filepath.Ext(name)
	if extension != ".json" && extension != ".graphql" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%s: %w", name, reason(err))
	}
	if extension == ".graphql" {
		return t.add(name, hashOf(string(text)), string(text))
	}
	var documents map[string]string
	if err := json.Unmarshal(text, &documents); err != nil || len(documents) == 0 {
		return fmt.Errorf("%s: not an object of documents by id", name)
	}
	for id, document := range documents {
		if err := t.add(name, id, document); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trusted) add(name, id, document string) error {
	if _, errs := gqlparser.LoadQueryWithRules(parsedSchema, document, withoutSuggestions()); len(errs) > 0 {
		return fmt.Errorf("%s: document %.64q: %s", name, id, errs[0].Message)
	}
	if before, taken := t.texts[id]; taken && before != document {
		return fmt.Errorf("%s: document %.64q is there twice, and not the same", name, id)
	}
	t.texts[id], t.known[document] = document, true
	return nil
}

// hashOf is the id of a document that has no other.
func hashOf(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// document returns what an id stands for; ids that are hashes may be named as such.
func (t *Trusted) document(id string) (text string, known bool) {
	text, known = t.texts[strings.TrimPrefix(id, "sha256:")]
	if !known {
		text, known = t.texts[id]
	}
	return text, known
}
