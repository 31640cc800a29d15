// Package address reads e-mail addresses: what a person is found by, and what a mail is sent to.
package address

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Err is an address no mail can be sent to.
var Err = errors.New("address: no address")

// longest is the longest address that mail servers take (RFC 5321), in bytes.
const longest = 254

// Parse reads one bare address, "kari@example.org", and gives it in lower case. Addresses are the same when their bytes are, so letters that
// pass for others (a Cyrillic а, say) are refused: who invites "kari" must not invite somebody else. A name beside the address, several
// addresses, control characters and quoted local parts are refused, so that nothing of it can become a header of its own.
func Parse(text string) (string, error) {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, deceptive) { // lower case would make it valid, or the letter another
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

// deceptive tells characters beyond ASCII that stand in no address of the countries around here: all but the letters of Latin-1 and Latin
// Extended-A, in which Norwegian, the Sámi languages, Kven and their neighbours are written, and of those the ones that pass for others.
func deceptive(r rune) bool {
	return r > unicode.MaxASCII && (r < 'À' || r > 'ž' || !unicode.IsLetter(r) || r == 'İ' || r == 'ı' || r == 'ĸ' || r == 'ŉ')
}
