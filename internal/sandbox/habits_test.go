package sandbox

import (
	"net/http"
	"testing"
)

func TestWhatOtherClientsDoToTheServiceIsTakenAsItTakesIt(t *testing.T) {
	tn := open(t, Options{})
	c := tn.operator()
	app := c.app(Object{"signInAudience": "AzureADMyOrg"})
	id := text(app, "id")
	sp := c.must(http.StatusCreated, http.MethodPost, "/servicePrincipals", Object{"appId": app["appId"]})
	user := tn.Seeded().Users[0].ID

	// An update that sends the object's own id along; not another's.
	c.must(http.StatusNoContent, http.MethodPatch, "/applications/"+id, Object{"id": id, "displayName": "Renamed"})
	c.must(http.StatusBadRequest, http.MethodPatch, "/applications/"+id, Object{"id": user, "displayName": "Renamed"})
	c.must(http.StatusNoContent, http.MethodPatch, "/servicePrincipals/"+text(sp, "id"), Object{"id": sp["id"], "notes": "n"})

	// Control information of the answer it was read from; not the properties that only the service sets.
	read := c.must(http.StatusOK, http.MethodGet, "/applications/"+id+"?$select=id,notes,web", nil)
	read["notes"] = "read, changed and written"
	c.must(http.StatusNoContent, http.MethodPatch, "/applications/"+id, read)
	c.must(http.StatusBadRequest, http.MethodPatch, "/applications/"+id, c.must(http.StatusOK, http.MethodGet, "/applications/"+id, nil))

	// An owner asked for before it is added or removed.
	ref := "/applications/" + id + "/owners/" + user + "/$ref"
	c.must(http.StatusNotFound, http.MethodGet, ref, nil)
	c.must(http.StatusNoContent, http.MethodPost, "/applications/"+id+"/owners/$ref", Object{"@odata.id": origin + "/v1.0/directoryObjects/" + user})
	if got := text(c.must(http.StatusOK, http.MethodGet, ref, nil), "@odata.id"); got == "" {
		t.Error("the reference to an owner is empty")
	}

	// The tenant in the path; only the one of the token.
	for _, tenant := range []string{tn.Seeded().TenantID, "myorganization"} {
		if got := text(c.must(http.StatusOK, http.MethodGet, "/"+tenant+"/applications/"+id, nil), "displayName"); got != "Renamed" {
			t.Errorf("by way of %s it is called %q", tenant, got)
		}
	}
	c.must(http.StatusNotImplemented, http.MethodGet, "/99999999-2222-3333-4444-555555555555/applications/"+id, nil)
}
