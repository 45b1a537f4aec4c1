package graph

import "github.com/vektah/gqlparser/v2/ast"

// described estimates how much of the schema a selection set has described, in fields
// that are written. The schema's lists lead to one another without end, and they cost
// nothing by @cost, so a small document could ask for megabytes.
type described struct {
	// all is what is written below the set's __schema and __type, whatever it is part of.
	all float64
	// most is what the set writes if it is part of a description, for one type that has
	// most of everything.
	most float64
	// mean is that for one type among all, or one field.
	mean float64
}

// describedLimit is five times what the usual query for the whole schema has.
var describedLimit = limit{100_000, "parts of the schema, as estimated"}

func (d *described) add(o described) {
	d.all = min(d.all+o.all, enough)
	d.most = min(d.most+o.most, enough)
	d.mean = min(d.mean+o.mean, enough)
}

// describes is what a field adds, with what is below it.
func describes(f *ast.Field, below described) described {
	switch f.Name {
	case "__schema", "__type":
		return described{all: 1 + below.most}
	case "types": // each type is there once
		return described{all: below.all, most: sizes.most["types"] * (1 + below.mean)}
	}
	most, mean := 1.0, 1.0
	if n, isList := sizes.most[f.Name]; isList {
		most, mean = n, sizes.mean[f.Name]
	}
	d := described{all: below.all, most: most * (1 + below.most), mean: mean * (1 + below.most)}
	if f.Name == "fields" { // below all types they are all fields, each once
		d.mean = mean * (1 + below.mean)
	}
	return d
}

// sizes are those of the lists that describe our schema.
var sizes = sizesOf(parsedSchema)

// listSizes are how long lists are, by the name of their field: at most, and in the mean of
// all types, or of all fields.
type listSizes struct{ most, mean map[string]float64 }

// add counts one list among so many.
func (s listSizes) add(name string, length, among int) {
	s.most[name] = max(s.most[name], float64(length))
	s.mean[name] += float64(length) / float64(among)
}

func sizesOf(schema *ast.Schema) listSizes {
	s := listSizes{most: map[string]float64{}, mean: map[string]float64{}}
	s.add("types", len(schema.Types), 1)
	s.add("directives", len(schema.Directives), 1)
	for _, d := range schema.Directives {
		s.add("args", len(d.Arguments), 1)
		s.add("locations", len(d.Locations), 1)
	}
	s.mean["args"] = 0 // directives have lists of their own
	count := 0
	for _, def := range schema.Types {
		count += len(def.Fields)
	}
	for _, def := range schema.Types {
		fields := "fields"
		if def.Kind == ast.InputObject {
			fields = "inputFields"
		}
		s.add(fields, len(def.Fields), len(schema.Types))
		s.add("enumValues", len(def.EnumValues), len(schema.Types))
		s.add("interfaces", len(def.Interfaces), len(schema.Types))
		s.add("possibleTypes", len(schema.PossibleTypes[def.Name]), len(schema.Types))
		for _, f := range def.Fields {
			s.add("args", len(f.Arguments), count)
		}
	}
	return s
}
