package auth_test

import (
	"testing"
	"time"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/org"
)

func TestAccounts(t *testing.T) {
	db := sqlitetest.Open(t, t.TempDir())
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	accounts := auth.NewAccounts(db, func() time.Time { return now })
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	const issuer, subject = "https://a.example", "sub-1"
	_, _, err := accounts.Linked(ctx, issuer, subject)
	wantCode(t, "an account that is none", err, fault.NotFound)
	for range 2 { // twice is once
		if err := accounts.LinkAccount(ctx, kari, issuer, subject); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, "another's account", accounts.LinkAccount(ctx, "p-2", issuer, subject), fault.Conflict)
	if who, at, err := accounts.Linked(ctx, issuer, subject); err != nil || who != kari || !at.Equal(now) {
		t.Errorf("the account is %q's, linked %v (%v)", who, at, err)
	}
	// Neither half alone makes an account, nor does moving the border between them.
	for _, pair := range [][2]string{{"https://b.example", subject}, {issuer, "sub-2"}, {issuer + "sub", "-1"}} {
		_, _, err = accounts.Linked(ctx, pair[0], pair[1])
		wantCode(t, pair[0]+" "+pair[1], err, fault.NotFound)
	}
	for _, triple := range [][3]string{{"", issuer, subject}, {"p-1", "", subject}, {"p-1", issuer, ""}} {
		wantCode(t, "half an account", accounts.LinkAccount(ctx, org.PersonID(triple[0]), triple[1], triple[2]), fault.Malformed)
	}

	list, err := accounts.Of(ctx, kari)
	if err != nil || len(list) != 1 || list[0].ID != auth.AccountID(issuer, subject) || list[0].Issuer != issuer || !list[0].LinkedAt.Equal(now) {
		t.Fatalf("Kari's accounts: %+v (%v)", list, err)
	}
}
