package letters

import (
	"strings"
	"testing"

	"helhet/internal/locale"
)

func TestLetters(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	texts.OnMissing = func(lang locale.Lang, key string) { t.Errorf("no text %q in %s", key, lang) }
	for _, lang := range locale.Langs() {
		text := texts.For(lang)
		for name, l := range map[string]struct {
			Letter
			has []string
		}{
			"invitation":      {Invitation(text, "Fagperson", "Larvik kommune", "https://x.no/invitations/i-1.X", "9. desember 2026"), []string{"Fagperson", "Larvik kommune", "\nhttps://x.no/invitations/i-1.X\n", "9. desember 2026"}},
			"service":         {Invitation(text, "Administrator", "", "https://x.no/invitations/i-1.X", "9. desember 2026"), []string{"Administrator"}},
			"access":          {Access(text, "Leder", "Larvik kommune", "https://x.no/sign-in"), []string{"Leder", "Larvik kommune", "\nhttps://x.no/sign-in\n"}},
			"address":         {NewAddress(text, "https://x.no/account/address/p-1.X", 15), []string{"\nhttps://x.no/account/address/p-1.X\n", "15"}},
			"address taken":   {AddressTaken(text, "https://x.no/sign-in"), []string{"\nhttps://x.no/sign-in\n"}},
			"address changed": {AddressChanged(text, "https://x.no/privacy"), []string{"\nhttps://x.no/privacy\n"}},
			"account linked":  {AccountLinked(text, "Ansattporten", "https://x.no/privacy"), []string{"Ansattporten", "\nhttps://x.no/privacy\n"}},
			"waiting":         {Waiting(text, "Larvik kommune", "Vår 2027", "https://x.no/hand-in?round=r"), []string{"Larvik kommune", "Vår 2027", "\nhttps://x.no/hand-in?round=r\n"}},
			"mentioned":       {Mentioned(text, "Kari Nordmann", "Henvise", "Larvik kommune", "Vår 2027", "https://x.no/tasks/henvise#k-1"), []string{"Kari Nordmann", "Henvise", "Larvik kommune", "Vår 2027", "\nhttps://x.no/tasks/henvise#k-1\n"}},
			"infected":        {Infected(text, "Larvik kommune", "https://x.no/tasks/henvise#e-1", false), []string{"Larvik kommune", "\nhttps://x.no/tasks/henvise#e-1\n"}},
			"infected, left":  {Infected(text, "Larvik kommune", "https://x.no/tasks/henvise#e-1", true), []string{"Larvik kommune", "\nhttps://x.no/tasks/henvise#e-1\n"}},
			"leaving":         {Leaving(text, "Larvik kommune", "9. desember 2026", "https://x.no/municipality"), []string{"Larvik kommune", "9. desember 2026", "\nhttps://x.no/municipality\n"}},
			"staying":         {Staying(text, "Larvik kommune", "https://x.no/municipality"), []string{"Larvik kommune", "\nhttps://x.no/municipality\n"}},
			"sign-in":         {SignIn(text, "https://x.no/sign-in/link/c-1.X", "012345", 15), []string{"012 345", "\nhttps://x.no/sign-in/link/c-1.X\n", "15"}},
		} {
			if strings.ContainsAny(l.Subject, "\r\n{}⟦") || strings.ContainsAny(l.Text, "\r{}⟦") || l.Subject == "" {
				t.Errorf("%s in %s: %q, %q", name, lang, l.Subject, l.Text)
			}
			for _, part := range l.has {
				if !strings.Contains(l.Text, part) {
					t.Errorf("%s in %s lacks %q: %q", name, lang, part, l.Text)
				}
			}
			if strings.Contains(l.Subject, "012") {
				t.Errorf("%s in %s: the subject tells the code", name, lang)
			}
		}
	}
}
