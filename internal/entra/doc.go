// Package entra speaks to Microsoft Graph and to the Entra sign-in endpoint behind small types of its own.
package entra

import (
	_ "github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	_ "github.com/microsoftgraph/msgraph-sdk-go/applications"
	_ "github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"
	_ "github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
	_ "github.com/microsoftgraph/msgraph-sdk-go/models"
	_ "github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
	_ "github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	_ "github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"
)
