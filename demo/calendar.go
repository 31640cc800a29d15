package demo

import (
	"fmt"
	"time"
)

// season is one half-year round of the demo region.
type season struct {
	name                      string // "Vår 2024"
	opens, closes, publishing time.Time
}

// published is how many rounds lie behind the open one.
const published = 5

// openFor is how long the open round has been open, and will be.
const openFor = 21 * 24 * time.Hour

// calendar gives the rounds up to the one that is open now, oldest first: spring rounds from 1 March to 15 April, autumn rounds
// from 1 September to 15 October, published two weeks later; the last is open for three weeks on either side of now.
func calendar(now time.Time, oslo *time.Location) []season {
	local := now.In(oslo)
	year, autumn := local.Year(), local.Month() >= time.July
	last := season{name: seasonName(year, autumn), opens: now.Add(-openFor).Truncate(time.Hour), closes: now.Add(openFor).Truncate(time.Hour)}
	last.publishing = last.closes.Add(14 * 24 * time.Hour)
	all := make([]season, published+1)
	all[published] = last
	for i := published - 1; i >= 0; i-- {
		if autumn = !autumn; autumn {
			year--
		}
		month := time.March
		if autumn {
			month = time.September
		}
		all[i] = season{
			name:       seasonName(year, autumn),
			opens:      time.Date(year, month, 1, 8, 0, 0, 0, oslo),
			closes:     time.Date(year, month+1, 15, 16, 0, 0, 0, oslo),
			publishing: time.Date(year, month+1, 29, 9, 0, 0, 0, oslo),
		}
	}
	return all
}

func seasonName(year int, autumn bool) string {
	if autumn {
		return fmt.Sprintf("Høst %d", year)
	}
	return fmt.Sprintf("Vår %d", year)
}
