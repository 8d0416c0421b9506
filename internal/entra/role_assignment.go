package entra

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// AssignAppRole grants an application permission: the role of the resource's
// service principal to the application's. One that is granted already is
// returned as it is.
func (c *Client) AssignAppRole(ctx context.Context, principalSP, resourceSP, roleID string) (RoleAssignment, time.Time, error) {
	ids, err := parseIDs(principalSP, resourceSP, roleID)
	if err != nil {
		return RoleAssignment{}, time.Time{}, fmt.Errorf("assign app role: %w", err)
	}
	m := models.NewAppRoleAssignment()
	m.SetOdataType(nil)
	m.SetPrincipalId(&ids[0])
	m.SetResourceId(&ids[1])
	m.SetAppRoleId(&ids[2])
	q, err := c.form.call(c.servicePrincipals().ByServicePrincipalId(resourceSP).AppRoleAssignedTo().ToPostRequestInformation(ctx, m, nil))
	if err != nil {
		return RoleAssignment{}, time.Time{}, err
	}
	q.what = "application permission of service principal " + principalSP
	var made RoleAssignment
	q.check = func(a *answer) (err error) {
		made, err = c.form.roleAssignment(a.body)
		return err
	}
	find := func(ctx context.Context) (RoleAssignment, bool, error) {
		list, err := c.RoleAssignments(ctx, principalSP)
		for _, r := range list {
			if strings.EqualFold(r.ResourceID, resourceSP) && strings.EqualFold(r.RoleID, roleID) {
				return r, true, nil
			}
		}
		return RoleAssignment{}, false, err
	}
	found, a, err := once(ctx, c, q, (*Error).duplicateAssignment, find)
	switch {
	case err != nil:
		return RoleAssignment{}, time.Time{}, err
	case a != nil:
		return made, c.dateOf(a), nil
	}
	return found, c.orNow(found.CreatedDateTime), nil
}

// UnassignAppRole revokes an application permission; one that is gone is done.
func (c *Client) UnassignAppRole(ctx context.Context, principalSP, assignmentID string) (time.Time, error) {
	q, err := c.form.call(c.servicePrincipals().ByServicePrincipalId(principalSP).AppRoleAssignments().ByAppRoleAssignmentId(assignmentID).ToDeleteRequestInformation(ctx, nil))
	return c.remove(ctx, q, err, "application permission of service principal "+principalSP, "")
}

// duplicateAssignment: Graph says it in two wordings, neither with a code of its
// own.
func (e *Error) duplicateAssignment() bool {
	return (e.Status == 400 || e.Status == 409) && (e.says("already exists") || e.Has("Request_MultipleObjectsWithSameKeyValue"))
}

func parseIDs(list ...string) ([]uuid.UUID, error) {
	out := make([]uuid.UUID, len(list))
	for i, s := range list {
		id, err := uuid.Parse(s)
		if err != nil {
			return nil, fmt.Errorf("%q is no object id", s)
		}
		out[i] = id
	}
	return out, nil
}
