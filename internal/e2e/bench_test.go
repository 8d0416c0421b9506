package e2e

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// roundTrip is what a request to Microsoft takes.
const roundTrip = 100 * time.Millisecond

// sizes are the numbers of applications that are measured, each with a secret,
// an application permission and a delegated one.
func sizes() []int { return []int{1, 100, 1000} }

// BenchmarkCreate applies a new configuration.
func BenchmarkCreate(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("apps=%d", n), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				tn := serve(b, newClock(time.Now(), 1), sandbox.Options{NoQuota: true, Latency: roundTrip}, nil)
				p := newProject(b, tn, bare(n))
				p.world = true
				b.StartTimer()
				measured(b, tn, p.apply())
			}
		})
	}
}

// BenchmarkPlan plans a configuration that is applied already.
func BenchmarkPlan(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("apps=%d", n), func(b *testing.B) {
			tn := serve(b, newClock(time.Now(), 1), sandbox.Options{NoQuota: true, Latency: roundTrip}, nil)
			p := newProject(b, tn, bare(n))
			p.world = true
			p.apply()
			b.ResetTimer()
			for range b.N {
				tn.resetStats()
				measured(b, tn, p.must(0, "plan", "-detailed-exitcode"))
			}
		})
	}
}

// BenchmarkValidate judges a thousand applications without a tenant.
func BenchmarkValidate(b *testing.B) {
	tn := serve(b, newClock(time.Now(), 1), sandbox.Options{}, nil)
	p := newProject(b, tn, bare(1000))
	p.world = true
	for b.Loop() {
		memory(b, p.must(0, "validate"))
	}
}

// BenchmarkStart does nothing but start.
func BenchmarkStart(b *testing.B) {
	tn := serve(b, newClock(time.Now(), 1), sandbox.Options{}, nil)
	p := newProject(b, tn, bare(1))
	p.world = true
	for b.Loop() {
		memory(b, p.must(0, "version"))
	}
}

// measured reports what a run asked of the tenant.
func measured(b *testing.B, tn *tenant, r result) {
	b.Helper()
	s := tn.stats()
	b.ReportMetric(float64(s.GraphHTTP), "graph-requests")
	b.ReportMetric(float64(s.Login+s.TokenRequests), "sign-in-requests")
	memory(b, r)
}

// memory reports the most that the process of a run had resident; the system
// may count in what the test's own process had when it started it.
func memory(b *testing.B, r result) {
	b.Helper()
	if r.usage == nil {
		return
	}
	kib := r.usage.Maxrss
	if runtime.GOOS == "darwin" {
		kib /= 1024 // bytes there
	}
	b.ReportMetric(float64(kib)/1024, "peak-MiB")
	b.ReportMetric((time.Duration(r.usage.Utime.Nano() + r.usage.Stime.Nano())).Seconds(), "cpu-s")
}
