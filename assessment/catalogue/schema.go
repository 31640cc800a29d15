package catalogue

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Schema is a JSON Schema of one kind of file in a catalogue's folder, for editors that check while one writes. It knows the form of a file
// and how long a text may be; that files belong together only Parse sees.
type Schema struct {
	Name string // "area"
	File string // "nb/AREA.yaml": which files it is of
	Text []byte // JSON, indented
}

// members are those of a JSON object, in the order a person reads them.
type members []member

type member struct {
	name  string
	value any
}

func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, x := range m {
		name, err := json.Marshal(x.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(x.value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// The patterns mean the same to every reader of regular expressions: ECMAScript's, as the standard has it, and Go's.
const (
	ownPattern   = `^[a-z0-9.-]+-[1-9][0-9]*$` // of a version: "helhetlig-tjenestemodell-1"
	textPattern  = `^\S([^\n\r]*\S)?$`
	levelPattern = `^(10|[0-9])$`
)

func keyPattern() string { return fmt.Sprintf(`^[a-z0-9.-]{1,%d}$`, maxKey) }

// Schemas lists one for each kind of file.
func Schemas() ([]Schema, error) {
	var all []Schema
	for _, s := range []struct {
		name, file, about string
		schema            members
	}{
		{"catalogue", "catalogue.yaml", "The structure of a questionnaire: scale, dimensions, areas, tasks, questions, and where they come from.", structureSchema()},
		{"model", "LANGUAGE/model.yaml", "What a questionnaire, its dimensions and its levels are called in a language.", modelSchema()},
		{"area", "LANGUAGE/AREA.yaml", "The texts of an area in a language: its tasks, their questions and guidance.", areaSchema()},
		{"glossary", "LANGUAGE/glossary.yaml", "Words and what they mean in a language.", glossarySchema()},
		{"case-texts", "LANGUAGE/cases.yaml", "What one finds in each case to practise on, in a language.", caseTextSchema()},
		{"cases", "cases.yaml", "The cases to practise on: their questions and the intended levels.", caseSchema()},
		{"targets", "targets/AREA.yaml", "Which levels are suggested for the tasks of an area, by size of municipality.", targetSchema()},
	} {
		text, err := json.Marshal(append(members{
			{"$schema", "https://json-schema.org/draft/2020-12/schema"},
			{"title", "Helhet: " + s.file},
			{"description", s.about},
		}, s.schema...))
		if err != nil {
			return nil, fmt.Errorf("the schema %s: %w", s.name, err)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, text, "", "  "); err != nil {
			return nil, fmt.Errorf("the schema %s: %w", s.name, err)
		}
		indented.WriteByte('\n')
		all = append(all, Schema{s.name, s.file, indented.Bytes()})
	}
	return all, nil
}

// aText is a text of at most so many characters, in one paragraph.
func aText(most int, about string) members {
	m := members{{"type", "string"}, {"maxLength", most}, {"pattern", textPattern}}
	return described(m, about)
}

func aKey(about string) members {
	return described(members{{"type", "string"}, {"pattern", keyPattern()}}, about)
}

func aWhole(from, to int, about string) members {
	return described(members{{"type", "integer"}, {"minimum", from}, {"maximum", to}}, about)
}

func described(m members, about string) members {
	if about == "" {
		return m
	}
	return append(members{{"description", about}}, m...)
}

// aField is a field of an object, which must be there or may.
type aField struct {
	name     string
	required bool
	schema   members
}

func must(name string, schema members) aField { return aField{name, true, schema} }
func may(name string, schema members) aField  { return aField{name, false, schema} }

// anObject has these fields and no others.
func anObject(fields ...aField) members {
	var properties members
	required := []string{}
	for _, f := range fields {
		properties = append(properties, member{f.name, f.schema})
		if f.required {
			required = append(required, f.name)
		}
	}
	return members{{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}}
}

// aMapping is from keys of a pattern to values that are all alike.
func aMapping(pattern string, least int, each members) members {
	return members{{"type", "object"}, {"minProperties", least}, {"propertyNames", members{{"pattern", pattern}}}, {"additionalProperties", each}}
}

func aList(least int, each members) members {
	return members{{"type", "array"}, {"minItems", least}, {"items", each}}
}

func structureSchema() members {
	question := anObject(
		must("key", aKey("Unique in the questionnaire; it never comes to mean something else.")),
		must("dimension", aKey("One of the dimensions above.")),
		may("weight", aWhole(1, maxWeight, "How much it counts in the task's mean; 1 where nothing is said.")),
	)
	task := anObject(must("key", aKey("")), must("questions", aList(1, question)))
	areaKey := append(aKey("Also the name of its files."), member{"not", members{{"enum", besidesAreas}}})
	area := anObject(
		must("key", areaKey),
		may("path", described(members{{"type", "boolean"}}, "The service path, which stands on top of the model.")),
		must("tasks", aList(1, task)),
	)
	return anObject(
		must("id", aKey("")),
		must("version", members{{"type", "integer"}, {"minimum", 1}}),
		may("source", aText(maxAbout, "Address of the model it builds on.")),
		must("scale", anObject(must("min", aWhole(0, maxScale-1, "")), must("max", aWhole(1, maxScale, "")))),
		must("dimensions", append(aList(1, aKey("")), member{"uniqueItems", true})),
		must("areas", aList(1, area)),
		may("mapping", mappingSchema()),
	)
}

func mappingSchema() members {
	from := func(least, most int) members { // of a question of a kind
		m := members{{"properties", members{{"from", members{{"minItems", least}}}}}}
		if most >= 0 {
			m = members{{"properties", members{{"from", members{{"minItems", least}, {"maxItems", most}}}}}}
		}
		if least > 0 {
			m = append(m, member{"required", []string{"from"}})
		}
		return m
	}
	when := func(then members, kinds ...Kind) members {
		return members{{"if", members{{"properties", members{{"kind", members{{"enum", kinds}}}}}}}, {"then", then}}
	}
	question := append(anObject(
		must("question", aKey("")),
		must("kind", members{{"enum", []Kind{Same, Reworded, Split, Merged, New}}}),
		may("from", append(aList(0, aKey("")), member{"uniqueItems", true})),
	), member{"allOf", []members{when(from(1, 1), Same, Reworded, Split), when(from(2, -1), Merged), when(from(0, 0), New)}})
	return described(anObject(
		must("from", members{{"type", "string"}, {"pattern", ownPattern}}),
		may("questions", aList(0, question)),
		may("gone", append(aList(0, aKey("")), member{"uniqueItems", true})),
	), "What became of an older version's questions. One that keeps its key and is not named here is the same.")
}

func modelSchema() members {
	return anObject(
		must("name", aText(maxName, "")),
		must("about", aText(maxAbout, "")),
		must("source", aText(maxAbout, "Where the model comes from.")),
		must("scaleNote", aText(maxAbout, "Whose the scale is, and how it is meant.")),
		must("dimensions", aMapping(keyPattern(), 1, anObject(must("name", aText(maxName, "")), must("asks", aText(maxAbout, ""))))),
		must("levels", aMapping(levelPattern, 2, anObject(must("name", aText(maxName, ""))))),
	)
}

func areaSchema() members {
	question := append(anObject(
		must("text", aText(maxQuestion, "")),
		must("levels", described(aMapping(levelPattern, 2, aText(maxLevel, "")), "On the scale 0–5 at least 1, 3 and 5; on any other the lowest, the middle and the highest.")),
		may("further", described(aMapping(levelPattern, 1, aText(maxFurther, "")), "How to get one step further, for each described level but the highest.")),
		may("evidence", aText(maxEvidence, "What one can point to.")),
	), both("further", "evidence"))
	task := append(anObject(
		must("name", aText(maxName, "")),
		must("short", aText(maxShort, "For the axes of charts.")),
		must("about", aText(maxAbout, "")),
		may("why", aText(maxWhy, "Why the task matters.")),
		may("good", aText(maxGood, "What an ordinary good day looks like.")),
		may("target", described(bySize(aText(maxTarget, "")), "The sentence that stands with the suggested levels.")),
		must("questions", aMapping(keyPattern(), 1, question)),
	), both("why", "good"))
	return anObject(
		must("area", aKey("The area's key, as the file is called.")),
		must("name", aText(maxName, "")),
		must("about", aText(maxAbout, "")),
		must("tasks", aMapping(keyPattern(), 1, task)),
	)
}

// both stand there, or neither.
func both(a, b string) member {
	return member{"dependentRequired", members{{a, []string{b}}, {b, []string{a}}}}
}

func bySize(each members) members {
	var fields []aField
	for _, size := range Sizes {
		fields = append(fields, must(string(size), each))
	}
	return anObject(fields...)
}

func glossarySchema() members {
	return anObject(must("terms", aMapping(keyPattern(), 1, anObject(must("term", aText(maxName, "")), must("meaning", aText(maxMeaning, ""))))))
}

func caseTextSchema() members {
	reading := anObject(must("situation", aText(maxSituation, "What one finds.")), must("why", aText(maxReading, "Why its level is the intended one.")))
	return anObject(must("cases", aMapping(keyPattern(), 1, anObject(
		must("name", aText(maxName, "")),
		must("about", aText(maxCase, "")),
		must("questions", aMapping(keyPattern(), 1, reading)),
	))))
}

func caseSchema() members {
	reading := anObject(must("question", aKey("")), must("level", aWhole(0, maxScale, "")))
	return anObject(must("cases", aList(1, anObject(must("key", aKey("")), must("readings", aList(1, reading))))))
}

func targetSchema() members {
	band := append(aList(2, aWhole(0, maxScale, "")), member{"maxItems", 2})
	return aMapping(keyPattern(), 1, bySize(described(band, "The lowest and the highest level, both in it.")))
}
