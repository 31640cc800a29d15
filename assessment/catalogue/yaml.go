package catalogue

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// at is a scalar that remembers the line it stands on.
type at[T any] struct {
	v    T
	line int
}

func (a *at[T]) UnmarshalYAML(n ast.Node) error {
	a.line = n.GetToken().Position.Line
	return decode(n, &a.v)
}

// decode is yaml.NodeToValue, which makes a decoder for every scalar, without one for what most values are.
func decode(n ast.Node, into any) error {
	if s, ok := n.(*ast.StringNode); ok {
		if text, ok := into.(*string); ok {
			*text = s.Value
			return nil
		}
	}
	if u, ok := into.(yaml.NodeUnmarshaler); ok && n.Type() != ast.NullType {
		return u.UnmarshalYAML(n)
	}
	return yaml.NodeToValue(n, into, yaml.Strict())
}

// whole is a whole number; 1.5 would be cut to 1 unseen otherwise.
type whole int

func (w *whole) UnmarshalYAML(n ast.Node) error {
	if n.Type() != ast.IntegerType {
		return &yaml.SyntaxError{Message: "a whole number is wanted here", Token: n.GetToken()}
	}
	return yaml.NodeToValue(n, (*int)(w))
}

// mapping gives the entries of a mapping, in the file's order.
func mapping(n ast.Node) ([]*ast.MappingValueNode, error) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, nil
	}
	return nil, &yaml.SyntaxError{Message: "a mapping is wanted here", Token: n.GetToken()}
}

// keyed is a mapping that remembers each key's line, in the file's order.
type keyed[T any] []entry[T]

type entry[T any] struct {
	key  string
	line int
	v    T
}

func (k *keyed[T]) UnmarshalYAML(n ast.Node) error {
	values, err := mapping(n)
	if err != nil {
		return err
	}
	for _, mv := range values {
		e := entry[T]{key: mv.Key.GetToken().Value, line: mv.Key.GetToken().Position.Line}
		if err := decode(mv.Value, &e.v); err != nil {
			return err
		}
		*k = append(*k, e)
	}
	return nil
}

// field is where the value of a mapping's key goes.
type field struct {
	name string
	into yaml.NodeUnmarshaler
}

// fields decodes a mapping of known keys, as a struct's tags would, for what there is much of.
func fields(n ast.Node, known ...field) error {
	values, err := mapping(n)
	if err != nil {
		return err
	}
	for _, mv := range values {
		key := mv.Key.GetToken()
		i := slices.IndexFunc(known, func(f field) bool { return f.name == key.Value })
		if i < 0 {
			return &yaml.UnknownFieldError{Message: fmt.Sprintf("unknown field %q", key.Value), Token: key}
		}
		if err := decode(mv.Value, known[i].into); err != nil {
			return err
		}
	}
	return nil
}
