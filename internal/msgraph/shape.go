package msgraph

import (
	"github.com/teamwork-graphql/teamwork-graphql/internal/quick"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// shape is what a body is read as, while it comes by: to find its end first and read it
// then would be to walk over it twice. Shapes can be compared.
type shape interface {
	// read returns a pointer to what was read. The reader gives up on what is not as most
	// are.
	read(r *quick.Reader) any
}

// one is the shape of a single object.
type one[T any] struct{}

func (one[T]) read(r *quick.Reader) any { return quick.Bare[T](r) }

// many is the shape of a page.
type many[T any] struct{}

func (many[T]) read(r *quick.Reader) any {
	page := readCollection[T](r)
	return &page
}

// oneOf returns the object that an answer is.
func oneOf[T any](got *answer) (*T, []teamwork.Warning, error) {
	if value, ok := got.value.(*T); ok {
		return value, nil, nil
	}
	return decodeOne[T](got.body)
}

// pageIn returns the page that an answer is.
func pageIn[T any](got *answer) (collection[T], []teamwork.Warning, error) {
	if page, ok := got.value.(*collection[T]); ok {
		return *page, nil, nil
	}
	return decodePage[T](got.body)
}
