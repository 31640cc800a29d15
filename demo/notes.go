package demo

import (
	"math/rand/v2"

	"helhet/assessment"
	"helhet/assessment/catalogue"
)

// both is a text a municipality wrote in its own language, invented: bokmål and nynorsk.
type both struct{ nb, nn string }

func (b both) in(nn bool) string {
	if nn {
		return b.nn
	}
	return b.nb
}

func text(from []both, nn bool, d *rand.Rand) string {
	return from[d.IntN(len(from))].in(nn)
}

// exemptions are what the reasons come to on the list of them.
var exemptions = []assessment.Exemption{assessment.DoneByOther, assessment.OtherExemption, assessment.NoSuchService, assessment.DoneByOther}

// reasons say why a question or a task does not apply.
var reasons = []both{
	{"Nabokommunen gjør dette for oss etter avtale.", "Nabokommunen gjer dette for oss etter avtale."},
	{"Leverandøren har hele oppgaven i avtalen.", "Leverandøren har heile oppgåva i avtalen."},
	{"Vi har ikke denne tjenesten.", "Vi har ikkje denne tenesta."},
	{"Ivaretas av det interkommunale samarbeidet.", "Blir teken hand om av det interkommunale samarbeidet."},
}

// notesAt gives what people write beside a level: low, in the middle, high.
func notesAt(level int) map[catalogue.DimensionKey][]both {
	switch {
	case level <= 1:
		return lowNotes
	case level <= 3:
		return middleNotes
	}
	return highNotes
}

var lowNotes = map[catalogue.DimensionKey][]both{
	"ansvar": {
		{"Ikke plassert ennå. Tas opp i ledermøtet.", "Ikkje plassert enno. Blir teke opp i leiarmøtet."},
		{"Den som har tid, gjør det.", "Den som har tid, gjer det."},
		{"Uklart etter omorganiseringen.", "Uklart etter omorganiseringa."},
	},
	"praksis": {
		{"Vi har ingen skriftlig rutine.", "Vi har ingen skriftleg rutine."},
		{"Gjøres ulikt i sonene.", "Blir gjort ulikt i sonene."},
		{"Få har fått opplæring.", "Få har fått opplæring."},
	},
	"samhandling": {
		{"Vi ringer når noe stopper.", "Vi ringjer når noko stoppar."},
		{"IT blir koblet på for sent.", "IT blir kopla på for seint."},
	},
	"forbedring": {
		{"Vi måler ikke dette i dag.", "Vi måler ikkje dette i dag."},
		{"Ingen nullpunktmåling er gjort.", "Inga nullpunktmåling er gjort."},
		{"Vet ikke hva vi skal telle.", "Veit ikkje kva vi skal telje."},
	},
}

var middleNotes = map[catalogue.DimensionKey][]both{
	"ansvar": {
		{"Rollen er beskrevet, men stedfortreder mangler.", "Rolla er skildra, men stadfortredar manglar."},
		{"Avklart i tjenesten, ikke kjent hos IT.", "Avklart i tenesta, ikkje kjent hos IT."},
		{"Vedtatt i ledergruppa i vår.", "Vedteke i leiargruppa i vår."},
	},
	"praksis": {
		{"Rutinen ligger i kvalitetssystemet. Nattevaktene mangler opplæring.", "Rutinen ligg i kvalitetssystemet. Nattevaktene manglar opplæring."},
		{"Superbrukere på to av tre avdelinger.", "Superbrukarar på to av tre avdelingar."},
		{"Følges stort sett, men ikke i ferien.", "Blir stort sett følgd, men ikkje i ferien."},
	},
	"samhandling": {
		{"Fast møte med IT hver måned.", "Fast møte med IT kvar månad."},
		{"Leverandøren svarer raskt, men vi mangler felles oversikt.", "Leverandøren svarar raskt, men vi manglar felles oversikt."},
		{"Samarbeider med nabokommunen om dette.", "Samarbeider med nabokommunen om dette."},
	},
	"forbedring": {
		{"Teller, men bruker ikke tallene ennå.", "Tel, men brukar ikkje tala enno."},
		{"Evaluert én gang, etter piloten.", "Evaluert éin gong, etter piloten."},
		{"Avvik gjennomgås hvert halvår.", "Avvik blir gjennomgåtte kvart halvår."},
	},
}

var highNotes = map[catalogue.DimensionKey][]both{
	"ansvar": {
		{"Står i stillingsbeskrivelsen, med stedfortreder.", "Står i stillingsomtalen, med stadfortredar."},
		{"Kjent for alle, også for vikarer.", "Kjent for alle, også for vikarar."},
	},
	"praksis": {
		{"Nye ansatte får opplæring første uka.", "Nye tilsette får opplæring første veka."},
		{"Sjekklista brukes hver gang.", "Sjekklista blir brukt kvar gong."},
	},
	"samhandling": {
		{"Felles tavle for tjenesten, IT og leverandøren.", "Felles tavle for tenesta, IT og leverandøren."},
		{"Vi deler rutinen med to nabokommuner.", "Vi deler rutinen med to nabokommunar."},
	},
	"forbedring": {
		{"Tallene gjennomgås i ledermøtet hvert kvartal.", "Tala blir gjennomgåtte i leiarmøtet kvart kvartal."},
		{"Brukerundersøkelsen førte til to endringer i år.", "Brukarundersøkinga førte til to endringar i år."},
	},
}
