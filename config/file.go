package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// fileValue is one line of a settings file: "addr: 127.0.0.1:8080".
type fileValue struct {
	key, value string
	line       int // from 1
}

// parseFile reads a settings file: one flat mapping of keys to plain values. Values are taken as written, so that a
// number or a word means the same here as in the environment.
func parseFile(name string, source []byte) ([]fileValue, error) {
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			return nil, fmt.Errorf("%s:%d: the settings file is not valid YAML: %s", name, syntax.GetToken().Position.Line, syntax.GetMessage())
		}
		return nil, fmt.Errorf("%s: the settings file is not valid YAML", name)
	}
	var values []fileValue
	documents := 0
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.NullType {
			continue
		}
		if documents++; documents > 1 {
			return nil, fmt.Errorf("%s:%d: a settings file is one YAML document", name, line(doc.Body))
		}
		var entries []*ast.MappingValueNode
		switch body := doc.Body.(type) {
		case *ast.MappingNode:
			entries = body.Values
		case *ast.MappingValueNode:
			entries = []*ast.MappingValueNode{body}
		default:
			return nil, fmt.Errorf("%s:%d: a settings file holds lines of \"key: value\"", name, line(body))
		}
		for _, entry := range entries {
			key, isText := entry.Key.(*ast.StringNode)
			if !isText {
				return nil, fmt.Errorf("%s:%d: a settings file holds lines of \"key: value\"", name, line(entry.Key))
			}
			value, plain := plainValue(entry.Value)
			if sequence, isList := entry.Value.(*ast.SequenceNode); isList && keyToSetting(key.Value) == SettingOIDC {
				value, plain = sequence.String(), true // the setting reads it as the environment would give it
			}
			if !plain {
				return nil, fmt.Errorf("%s:%d: the value of %s must be one plain value, neither a list nor a mapping", name, line(entry.Key), key.Value)
			}
			values = append(values, fileValue{key: key.Value, value: value, line: line(entry.Key)})
		}
	}
	return values, nil
}

func plainValue(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	case *ast.NullNode:
		return "", true
	}
	return "", false
}

func line(node ast.Node) int {
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 1
}

// keyToSetting turns a file's key into the setting's name: closed_days to HELHET_CLOSED_DAYS. Only lower case is a key,
// so that each setting has one spelling.
func keyToSetting(key string) string {
	if key != strings.ToLower(key) {
		return ""
	}
	return prefix + strings.ToUpper(key)
}

// unwrapPath takes the file's name, which the message already has, out of an error.
func unwrapPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
