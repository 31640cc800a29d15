// Package address reads e-mail addresses: what a person is found by, and what a mail is sent to.
package address

import (
	"errors"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// Err is an address no mail can be sent to.
var Err = errors.New("address: no address")

// longest is the longest address that mail servers take (RFC 5321), in bytes.
const longest = 254

// Parse reads one bare address, "kari@example.org", and gives it in lower case. What looks like another address and isn't (a
// Cyrillic letter, say) stays what it is: addresses are the same when their bytes are. A name beside the address, several addresses,
// control characters and quoted local parts are refused, so that nothing of it can become a header of its own.
func Parse(text string) (string, error) {
	if !utf8.ValidString(text) { // lower case would make it valid
		return "", Err
	}
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) > longest || strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == '"' || r == '<' || r == '>' || r == ',' || r == ';' || r >= 0x80 && r <= 0xa0 || r == '\u2028' || r == '\u2029'
	}) {
		return "", Err
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || a.Name != "" {
		return "", Err
	}
	return text, nil
}
