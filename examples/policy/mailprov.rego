# A policy for plans of mailprov, to be made your own: what it denies stops the
# pipeline before anybody approves.
#
#     mailprov plan -json > plan.json
#     conftest test --policy examples/policy --data examples/policy/data.json plan.json
#     opa eval --fail-defined --data examples/policy --input plan.json 'data.main.deny[_]'
#
# The fields of a plan are described in schema/plan.schema.json, what its codes
# mean by `mailprov explain CODE`.
package main

# A plan that could not compare everything says too little to be approved.
deny contains "the plan is partial: something that it compares could not be read" if input.partial

# High risks are reduced, or accepted in the configuration with a reason.
deny contains msg if {
	some risk in input.risks
	risk.level == "high"
	not risk.accepted
	msg := sprintf("%s of %s is neither reduced nor accepted: %s", [risk.code, risk.address, risk.message])
}

# Nobody accepts a high risk for ever, nor for longer than a year.
deny contains msg if {
	some risk in input.risks
	risk.level == "high"
	risk.accepted
	not ends_within_a_year(risk)
	msg := sprintf("%s of %s is accepted for longer than a year: give it an until", [risk.code, risk.address])
}

# Whoever can read a secret can act as the application: new readers are people
# and machines that the list knows.
deny contains msg if {
	some reader in input.secret_readers
	reader.new
	not reader.reader in data.mailprov.readers
	msg := sprintf("%s would be able to read %s by %s and is not in the list of readers", [reader.reader, reader.address, reader.sink])
}

# An application permission for mail opens every mailbox of the tenant; the role
# of Exchange Online that does in its place opens those that it names.
deny contains msg if {
	some consent in input.consent_changes
	consent.action in {"grant", "pending"}
	consent.kind == "application"
	startswith(consent.permission, "Mail.")
	not consent.address in data.mailprov.tenant_wide_mail
	msg := sprintf(
		"%s would reach every mailbox by %s: write exchange_role \"Application %s\" in its place",
		[consent.address, consent.permission, consent.permission],
	)
}

# What is deleted is worth a second look.
warn contains msg if {
	some change in input.resource_changes
	change.type == "app_registration"
	"delete" in change.change.actions
	msg := sprintf("%s would be deleted, and with it every secret of its products", [change.address])
}

# until is a day in the configuration's time zone, the timestamp a moment in UTC.
ends_within_a_year(risk) if {
	made := time.parse_rfc3339_ns(input.timestamp)
	ends := time.parse_rfc3339_ns(sprintf("%sT00:00:00Z", [risk.until]))
	ends <= time.add_date(made, 1, 0, 0)
}
