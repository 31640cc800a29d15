package config

import "strings"

// Clamd is where ClamAV's daemon listens.
type Clamd struct {
	Network string // "unix" or "tcp"; "" where there is none
	Address string // "/run/clamav/clamd.ctl" or "127.0.0.1:3310"
}

// clamdAllowed is what parseClamd accepts, for a reader.
const clamdAllowed = "empty (files are not scanned), unix:/run/clamav/clamd.ctl or another whole path, or tcp:HOST:PORT"

func parseClamd(value string) (Clamd, error) {
	if value == "" {
		return Clamd{}, nil
	}
	network, where, _ := strings.Cut(value, ":")
	switch {
	case strings.ContainsAny(value, "\r\n\x00"):
	case network == "unix" && strings.HasPrefix(where, "/"):
		return Clamd{network, where}, nil
	case network == "tcp" && !strings.HasPrefix(where, ":"):
		_, err := address(where)
		return Clamd{network, where}, err
	}
	return Clamd{}, errInvalid
}

// Set tells whether there is a daemon.
func (c Clamd) Set() bool { return c.Network != "" }

func (c Clamd) String() string {
	if !c.Set() {
		return ""
	}
	return c.Network + ":" + c.Address
}
