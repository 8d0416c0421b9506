package dag

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// graph draws an acyclic graph: a node needs only nodes before it.
func graph(t *rapid.T) [][]int {
	n := rapid.IntRange(0, 30).Draw(t, "nodes")
	needs := make([][]int, n)
	for i := 1; i < n; i++ {
		needs[i] = rapid.SliceOfNDistinct(rapid.IntRange(0, i-1), 0, min(i, 4), rapid.ID[int]).Draw(t, "needs")
	}
	return needs
}

func TestEveryNodeRunsOnceAndAfterWhatItNeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needs := graph(t)
		limit := rapid.IntRange(0, 3).Draw(t, "limit")
		failing := rapid.SliceOf(rapid.IntRange(0, 30)).Draw(t, "failing")
		var mu sync.Mutex
		var order []int
		running := 0
		results, err := Walk(context.Background(), needs, limit, nil, func(_ context.Context, n int) error {
			mu.Lock()
			if running++; limit > 0 && running > limit {
				t.Errorf("%d nodes run at once, limit %d", running, limit)
			}
			for _, o := range needs[n] {
				if !slices.Contains(order, o) || slices.Contains(failing, o) {
					t.Errorf("node %d ran without node %d having succeeded", n, o)
				}
			}
			mu.Unlock()
			defer func() {
				mu.Lock()
				order = append(order, n)
				running--
				mu.Unlock()
			}()
			if slices.Contains(failing, n) {
				return errors.New("fails")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for n, r := range results {
			blocked := slices.ContainsFunc(needs[n], func(o int) bool { return results[o].Err != nil || results[o].Skipped })
			if r.Skipped != blocked || r.Skipped == slices.Contains(order, n) {
				t.Fatalf("node %d: skipped %v, but a node it needs did not succeed: %v", n, r.Skipped, blocked)
			}
		}
	})
}

func TestAStoppedWalkAwaitsWhatRuns(t *testing.T) {
	stop, started, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		<-started
		close(stop)
		close(release)
	}()
	results, err := Walk(context.Background(), [][]int{{}, {0}}, 0, stop, func(_ context.Context, n int) error {
		close(started)
		<-release
		<-stop
		return nil
	})
	if err != nil || results[0].Skipped || results[0].Err != nil {
		t.Fatalf("the running node was not awaited: %+v, %v", results, err)
	}
}

func TestACycleIsFoundBeforeAnythingRuns(t *testing.T) {
	_, err := Walk(context.Background(), [][]int{{1}, {0}, {}}, 0, nil, func(context.Context, int) error {
		t.Error("a node ran")
		return nil
	})
	if err == nil {
		t.Fatal("no error")
	}
}
