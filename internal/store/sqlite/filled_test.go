package sqlite

import (
	"bytes"
	"testing"

	"helhet/internal/store"
)

// What an engine fills up it writes behind the document only where the record says that the memory there is nobody's.
func TestOnlySpareMemoryIsFilled(t *testing.T) {
	table := newTable(store.Schema{Collection: "notes"})
	for name, spare := range map[string]bool{"spare": true, "somebody's": false} {
		memory := bytes.Repeat([]byte{0xff}, 2*fewPages)
		body := memory[:fewPages+1]
		row, err := table.row(store.Record{ID: "a", Revision: "r", Body: body, Spare: spare})
		if err != nil {
			t.Fatal(err)
		}
		written := row[len(row)-1].([]byte)
		if len(written) != fewPages+bodyUnit || !bytes.Equal(written[:len(body)], body) || len(bytes.Trim(written[len(body):], "\x00")) > 0 {
			t.Errorf("%s: %d bytes, or others than the document's and zeros", name, len(written))
		}
		if copied := &written[0] != &body[0]; copied == spare {
			t.Errorf("%s: copied is %t", name, copied)
		}
		if kept := bytes.Count(memory, []byte{0xff}) == len(memory); kept == spare {
			t.Errorf("%s: the memory behind is kept: %t", name, kept)
		}
	}
}
