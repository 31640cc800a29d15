package api

// ConfirmHeader says that its sender means a text which was held back.
type ConfirmHeader struct {
	Confirm string `header:"Helhet-Confirm" enum:"person-number" doc:"person-number: save a text although it seems to hold a fødselsnummer."`
}

// EditHeader names an edit, so that it counts once however often it is sent.
type EditHeader struct {
	Edit string `header:"Idempotency-Key" doc:"The sender's own id of this edit, at most 100 bytes. Sent again it is the same edit, whatever stands now." example:"b9d1c7f0-1"`
}

// TagHeader says what a change builds on, so that what others have changed since is not lost.
type TagHeader struct {
	IfMatch string `header:"If-Match" doc:"The tag of what is changed, as it was seen, in quotation marks: what ETag said." example:"\"GYJQ5TZ2M3KXW7AB\""`
}

func (h TagHeader) precondition() (precondition, error) { return parsePrecondition(h.IfMatch, "", "") }

// ChangeHeader goes with a change of what stands.
type ChangeHeader struct {
	TagHeader
	EditHeader
}

func (h ChangeHeader) precondition() (precondition, error) {
	return parsePrecondition(h.IfMatch, "", h.Edit)
}

// SaveHeader goes with what is saved whether or not anything stands: one of If-Match and If-None-Match is sent.
type SaveHeader struct {
	ChangeHeader
	IfNoneMatch string `header:"If-None-Match" doc:"A star: nothing stands yet." example:"*"`
}

func (h SaveHeader) precondition() (precondition, error) {
	return parsePrecondition(h.IfMatch, h.IfNoneMatch, h.Edit)
}
