package sandbox

// Rude returns faults of every everyday kind at once: what a client has to live with on a bad day at Microsoft. It is
// what tests turn on when they have no particular fault in mind; which requests are hit follows from Options.Seed.
func Rude() *Faults {
	return &Faults{
		Lag:             &Lag{Reads: Amount{Count: 2}, Secrets: Amount{Count: 2}, Apps: Amount{Count: 1}, Probability: 0.5},
		ShuffleBatch:    true,
		ConflictInBatch: true,
		Rules: []Rule{
			{Match: "* /*", Probability: 0.02, Action: Action{Status: 429, RetryAfter: 1}},
			{Match: "GET /*", Probability: 0.02, Action: Action{Status: 503, RetryAfter: 1}},
			{Match: "PATCH /*", Probability: 0.02, Action: Action{Status: 504, After: true}},
			{Match: "POST /*", Probability: 0.02, Action: Action{Status: 500, After: true}},
			{Match: "DELETE /*", Probability: 0.02, Action: Action{Status: 502, After: true, Body: "<html>Bad Gateway</html>", ContentType: "text/html"}},
			{Match: "TOKEN", Probability: 0.02, Action: Action{Status: 503}},
		},
	}
}
