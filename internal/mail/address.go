package mail

import (
	"errors"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// ErrAddress is an address no mail can be sent to.
var ErrAddress = errors.New("mail: no address")

// maxAddress is the longest address that mail servers take (RFC 5321).
const maxAddress = 254

// ParseAddress reads one bare address, "kari@example.org", and gives it in lower case. What looks like another address and isn't (a
// Cyrillic letter, say) stays what it is: addresses are the same when their bytes are. A name beside the address, several addresses,
// control characters and quoted local parts are refused, so that nothing of it can become a header of its own.
func ParseAddress(text string) (string, error) {
	if !utf8.ValidString(text) { // lower case would make it valid
		return "", ErrAddress
	}
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) > maxAddress || strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == '"' || r == '<' || r == '>' || r == ',' || r == ';' || r >= 0x80 && r <= 0xa0 || r == '\u2028' || r == '\u2029'
	}) {
		return "", ErrAddress
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || a.Name != "" {
		return "", ErrAddress
	}
	return text, nil
}
