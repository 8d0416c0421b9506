package sandbox

// The first-party application behind every storage account.
const (
	storageAppID       = "e406a681-f3d4-42a8-90b6-c2b029497af1"
	storagePrincipalID = "5a000000-0000-4000-8000-000000000005"
)

// StorageAudience is the audience of tokens for Azure Storage, in all clouds.
const StorageAudience = "https://storage.azure.com"

// plantStorage makes the principal that tokens for Azure Storage name, so that they are had here. Storage itself is not
// emulated: Azurite does that, and takes these tokens.
func (s *Sandbox) plantStorage() {
	about := Object{"displayName": "Azure Storage", "appRoles": []any{}, "oauth2PermissionScopes": []any{Object{
		"adminConsentDescription": "Allow the application to access the Azure Storage service on behalf of the signed-in user",
		"adminConsentDisplayName": "Access Azure Storage", "id": "03e0da56-190b-40ad-a80c-ea378c433f7f",
		"isEnabled": true, "type": "User", "userConsentDescription": nil, "userConsentDisplayName": nil, "value": "user_impersonation",
	}}}
	s.plantResource(storagePrincipalID, storageAppID, about, StorageAudience, StorageAudience+"/")
}
