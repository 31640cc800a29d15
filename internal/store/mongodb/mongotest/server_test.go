package mongotest

import "testing"

func TestWithDatabase(t *testing.T) {
	tests := []struct{ uri, want string }{
		{"mongodb://127.0.0.1:27017", "mongodb://127.0.0.1:27017/own"},
		{"mongodb://127.0.0.1:27017/?replicaSet=rs0", "mongodb://127.0.0.1:27017/own?replicaSet=rs0"},
		{"mongodb://anna:pw@a,b/helhet?tls=true", "mongodb://anna:pw@a,b/own?authSource=helhet&tls=true"},
		{"mongodb://anna:pw@a/helhet", "mongodb://anna:pw@a/own?authSource=helhet"},
		{"mongodb+srv://anna:pw@a/helhet?authSource=admin", "mongodb+srv://anna:pw@a/own?authSource=admin"},
	}
	for _, test := range tests {
		if got, err := withDatabase(test.uri, "own"); err != nil || got != test.want {
			t.Errorf("%s: %s, %v, want %s", test.uri, got, err, test.want)
		}
	}
	if _, err := withDatabase("127.0.0.1:27017", "own"); err == nil {
		t.Error("took what is no connection string")
	}
}
