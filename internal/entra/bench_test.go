package entra

import (
	"testing"
)

func BenchmarkReadingAnApplication(b *testing.B) {
	f := newFormer("https://graph.microsoft.com/v1.0")
	body := []byte(wholeApp)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := f.application(body, epoch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFormingARead(b *testing.B) {
	c, err := Open(b.Context(), Config{TenantID: "t", Credential: staticToken{"x"}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.form.call(c.applications().ByApplicationId(appObject).ToGetRequestInformation(b.Context(), nil)); err != nil {
			b.Fatal(err)
		}
	}
}
