package org

import "testing"

// Who sees that somebody asks for access to Larvik.
func TestMaySeeAccessRequests(t *testing.T) {
	yes := map[string]bool{"own coordinator": true, "regional lead": true, "administrator": true, "lead who is also own leader": true}
	for who, actor := range readers() {
		if got := MaySeeAccessRequests(actor, "larvik", "vestfold-telemark"); got != yes[who] {
			t.Errorf("%s: %t", who, got)
		}
		if MaySeeAccessRequests(actor, "", "") && !actor.Has(Administrator) {
			t.Errorf("%s sees requests for nowhere", who)
		}
	}
}
