package event

// VersionData is the payload of a version event, the first of every stream.
type VersionData struct {
	// Version of mailprov.
	Mailprov string `json:"mailprov"`
	// Version of the stream's format. Within 1.x fields are only added.
	Format string `json:"format"`
}

// SummaryData is the payload of a change_summary event: first of what will be
// done, at the end of what was.
type SummaryData struct {
	// Command that runs.
	Operation string `json:"operation" jsonschema:"enum=plan,enum=apply,enum=destroy,enum=rotate"`
	// Instances created.
	Add int `json:"add"`
	// Instances changed in place.
	Change int `json:"change"`
	// Instances destroyed.
	Destroy int `json:"destroy"`
	// Secrets created.
	SecretsCreate int `json:"secrets_create"`
	// Secrets replaced.
	Rotate int `json:"rotate"`
	// Replaced secrets removed.
	Retire int `json:"retire"`
	// Secrets and targets that wait for a person.
	Waiting int `json:"waiting"`
	// Secrets that are due and not replaced for a reason.
	Blocked int `json:"blocked"`
	// Instances that something failed for.
	Failed int `json:"failed"`
	// Digest of the plan that is carried out, where it has one.
	Digest string `json:"digest,omitempty" jsonschema:"pattern=^[0-9a-f]{64}$"`
}

// OutputData is one output in the payload of an outputs event, which is an
// object of them by name.
type OutputData struct {
	// Value; absent where the output is sensitive.
	Value any `json:"value,omitempty"`
	// Whether the value is sensitive and left out.
	Sensitive bool `json:"sensitive"`
}
