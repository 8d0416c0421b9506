# Run by `opa test examples/policy` and `conftest verify --policy examples/policy`.
package main

plan(fields) := object.union(
	{
		"timestamp": "2026-11-20T01:00:00Z",
		"partial": false,
		"risks": [],
		"secret_readers": [],
		"consent_changes": [],
		"resource_changes": [],
	},
	fields,
)

lists := {"readers": ["admin", "kinko"], "tenant_wide_mail": ["app_registration.archive"]}

denied(fields) := messages if {
	messages := deny with input as plan(fields) with data.mailprov as lists
}

high(fields) := {"risks": [object.union({"code": "MP101", "level": "high", "address": "app_registration.a", "message": "x", "accepted": false}, fields)]}

reader(fields) := {"secret_readers": [object.union({"address": "client_secret.a", "sink": "sink.team", "reader": "sales", "new": true}, fields)]}

consent(fields) := {"consent_changes": [object.union({"address": "app_registration.a", "kind": "application", "permission": "Mail.Send", "action": "grant"}, fields)]}

test_a_plan_without_anything_passes if count(denied({})) == 0

test_a_partial_plan_is_denied if count(denied({"partial": true})) == 1

test_a_high_risk_is_denied if count(denied(high({}))) == 1

test_a_medium_risk_passes if count(denied(high({"level": "medium"}))) == 0

test_an_accepted_high_risk_passes_for_a_year if {
	count(denied(high({"accepted": true, "until": "2027-11-20"}))) == 0
}

test_for_longer_it_is_denied if count(denied(high({"accepted": true, "until": "2027-11-21"}))) == 1

test_for_ever_it_is_denied if count(denied(high({"accepted": true}))) == 1

test_a_new_reader_outside_the_list_is_denied if count(denied(reader({}))) == 1

test_a_new_reader_of_the_list_passes if count(denied(reader({"reader": "kinko"}))) == 0

test_a_reader_who_could_read_it_before_passes if count(denied(reader({"new": false}))) == 0

test_mail_of_the_whole_tenant_is_denied if {
	count(denied(consent({}))) == 1
	count(denied(consent({"action": "pending"}))) == 1
}

test_what_acts_as_a_user_passes if count(denied(consent({"kind": "delegated"}))) == 0

test_a_revocation_passes if count(denied(consent({"action": "revoke"}))) == 0

test_an_application_of_the_list_may_reach_all if count(denied(consent({"address": "app_registration.archive"}))) == 0

test_a_deletion_is_warned_of if {
	change := {"type": "app_registration", "address": "app_registration.a", "change": {"actions": ["delete"]}}
	warnings := warn with input as plan({"resource_changes": [change]})
	count(warnings) == 1
}
