package workflow

import "github.com/mailprov/mailprov/internal/message"

// isFederation tells whether Entra found no federated credential for a token:
// 70021 in all, 700211 of this issuer, 700212 of this audience, 700213 of this
// subject, 7002137 and 7002138 of this subject but for its form or its case.
func isFederation(code int) bool {
	switch code {
	case 70021, 700211, 700212, 700213, 7002137, 7002138:
		return true
	}
	return false
}

// remedyOf is what to do about an AADSTS code at sign-in
// (entra-docs, reference-error-codes).
func remedyOf(code int) message.Text {
	if isFederation(code) {
		return message.Of("Register a federated credential for this job's issuer, subject and audience; mailprov doctor shows them.")
	}
	switch code {
	case 7000215:
		return message.Of("AZURE_CLIENT_SECRET must be the secret's value, not its id, and belong to this application.")
	case 7000222:
		return message.Of("The secret this identity signs in with has ended: make a new one for it.")
	case 7000216, 7000218, 700025:
		return message.Of("This application is registered for another way of signing in: an application with a secret for the environment, one with public client flows allowed for a browser or device code.")
	case 700016:
		return message.Of("Check AZURE_CLIENT_ID and that the application is in this tenant.")
	case 7000229:
		return message.Of("The application has no service principal in this tenant: make one (az ad sp create --id CLIENT_ID).")
	case 7000112:
		return message.Of("An administrator has switched the application off: Enterprise applications, Properties, Enabled for users to sign-in.")
	case 700024:
		return message.Of("The token or certificate is outside of its time: check this machine's clock, and that the job asks for a new id-token.")
	case 700027, 50027:
		return message.Of("Upload the certificate's public half to the application, or correct AZURE_CLIENT_CERTIFICATE_PATH.")
	case 90002, 900023:
		return message.Of("Check tenant.id or AZURE_TENANT_ID, and tenant.cloud.")
	case 50049, 900382, 900439:
		return message.Of("The application lives in another cloud: check tenant.cloud.")
	case 50034, 50020, 90072:
		return message.Of("The account is not one of this tenant: sign in with another, or have it invited as a guest.")
	case 50057:
		return message.Of("The account is switched off.")
	case 50105:
		return message.Of("Assign the account to the application (Enterprise applications, Users and groups).")
	case 50074, 50076, 50079, 50158:
		return message.Of("A second factor is asked for: sign in by browser (auth = \"browser\"), or use an identity of an application.")
	case 50011, 500113:
		return message.Of("Register http://localhost as a redirect URI (mobile and desktop applications) of the application that AZURE_CLIENT_ID names.")
	case 53003, 530003, 530035:
		return message.Of("Conditional Access or security defaults stop this sign-in: ask for an exception for this identity.")
	case 65001, 65004, 90094, 900941:
		return message.Of("An administrator has to consent to what this application asks for.")
	case 500011, 650052:
		return message.Of("The service that the token is for is not in this tenant: check tenant.cloud and the licences.")
	case 50194, 50059:
		return message.Of("The application is registered for one other tenant only: use one of this tenant.")
	}
	return message.Of("Check tenant.auth and the AZURE_* variables.")
}
