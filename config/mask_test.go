package config

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{"sqlite:./data", "sqlite:./data"},
		{"", ""},
		{"mongodb://localhost:27017/helhet", "mongodb://localhost:27017/helhet"},
		{"mongodb://anna@localhost/helhet", "mongodb://anna@localhost/helhet"},
		{"mongodb://anna:hemmelig@a:1,b:2/helhet?replicaSet=rs0&tls=true", "mongodb://anna:***@a:1,b:2/helhet?replicaSet=rs0&tls=true"},
		{"mongodb+srv://anna:p%40ss@h/helhet?retryWrites=true", "mongodb+srv://anna:***@h/helhet?retryWrites=true"},
		{"mongodb://anna:p@ss@host/helhet", "mongodb://anna:***@host/helhet"},
		{"mongodb://anna:p/ss@host/helhet", "mongodb://***"},
		{"mongodb://host/helhet?proxyPassword=se@cret", "mongodb://***"},
		{"mongodb://host/helhet?proxyPassword=secret&w=majority", "mongodb://host/helhet?proxyPassword=***&w=majority"},
		{"mongodb://host/helhet?W=1&secret", "mongodb://host/helhet?W=1&***"},
		{"postgres://anna:hemmelig@host/db", "postgres://anna:***@host/db"},
		{"mongodb:anna:hemmelig@host", "***"},
	} {
		if got := Mask(c.value); got != c.want {
			t.Errorf("Mask(%q) = %q, want %q", c.value, got, c.want)
		}
	}
}

// marker stands in for a secret: it is long enough not to turn up elsewhere by chance.
const marker = "S3KRET-7f1c"

func TestMaskHidesEveryPassword(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		around := rapid.StringOf(rapid.RuneFrom([]rune("aå1@:/?#%&=;,. +\\\"")))
		scheme := rapid.SampledFrom([]string{"mongodb", "mongodb+srv", "postgres", "Mongodb"}).Draw(t, "scheme")
		user := rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "user")
		password := around.Draw(t, "before") + marker + around.Draw(t, "after")
		tail := rapid.SampledFrom([]string{"", "/helhet", "/helhet?w=majority", "/?authSource=admin;tls=true", ":27017,b:1/x?proxyPassword=" + marker}).Draw(t, "tail")
		value := fmt.Sprintf("%s://%s:%s@host%s", scheme, user, password, tail)
		if shown := Mask(value); strings.Contains(shown, marker) {
			t.Fatalf("Mask(%q) = %q shows the password", value, shown)
		}
	})
}

func TestMaskHidesUnknownOptions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		option := rapid.StringMatching(`[a-zA-Z]{1,12}`).Draw(t, "option")
		value := "mongodb://host/helhet?w=1&x" + option + "=" + marker + rapid.StringMatching(`[a-z@/?:=]{0,6}`).Draw(t, "after")
		if shown := Mask(value); strings.Contains(shown, marker) {
			t.Fatalf("Mask(%q) = %q", value, shown)
		}
	})
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{"u:p", "u@h/x?a=b", "::", "@@", "a?b&c=d;e", "%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		// Whatever follows, what stands between the first colon and the last @ of the user part is a password.
		value := "mongodb://anna:" + marker + rest + "@host/helhet"
		if shown := Mask(value); strings.Contains(shown, marker) {
			t.Fatalf("Mask(%q) = %q shows the password", value, shown)
		}
		if once := Mask(value); Mask(once) != once {
			t.Fatalf("masking twice differs: %q, %q", once, Mask(once))
		}
	})
}

func TestStoreNeverPrintsItsPassword(t *testing.T) {
	store, err := ParseStore("mongodb://anna:" + marker + "@host/helhet")
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		fmt.Sprint(store), fmt.Sprintf("%v %+v %#v %s", store, store, store, store),
		fmt.Sprintf("%+v %#v", Config{Store: store}, Config{Store: store}), store.LogValue().String(),
	} {
		if strings.Contains(shown, marker) {
			t.Errorf("the password is shown: %s", shown)
		}
	}
}
