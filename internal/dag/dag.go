// Package dag walks a graph of things to do: a node starts as soon as all it
// needs have succeeded, and is skipped when one of them failed.
//
// It imports nothing of mailprov and knows nothing of what the nodes do.
package dag

import (
	"context"
	"fmt"
)

// Result says how a node ended.
type Result struct {
	Err     error // nil: it succeeded
	Skipped bool  // not tried, because of Cause or because the walk was stopped
	Cause   int   // the failed node that caused the skip; -1 otherwise
}

// Walk calls do for nodes 0 … len(needs)-1, each once all nodes it needs have
// succeeded, at most limit of them at once (0: no limit). When stop is closed
// no further node is started; those under way are awaited. The results have
// the order of the nodes. A cycle is an error, found before anything is done.
func Walk(ctx context.Context, needs [][]int, limit int, stop <-chan struct{}, do func(ctx context.Context, node int) error) ([]Result, error) {
	dependents, waiting, err := invert(needs)
	if err != nil {
		return nil, err
	}
	w := walk{
		results: make([]Result, len(needs)), dependents: dependents, waiting: waiting,
		done: make(chan finished), do: do, limit: limit,
	}
	for n := range needs {
		w.results[n] = Result{Skipped: true, Cause: -1}
		if waiting[n] == 0 {
			w.ready = append(w.ready, n)
		}
	}
	w.run(ctx, stop)
	return w.results, nil
}

// invert turns "needs" into "is needed by" and counts; a node that can never
// become ready lies on a cycle.
func invert(needs [][]int) (dependents [][]int, waiting []int, err error) {
	dependents, waiting = make([][]int, len(needs)), make([]int, len(needs))
	for n, on := range needs {
		for _, o := range on {
			if o < 0 || o >= len(needs) {
				return nil, nil, fmt.Errorf("walk graph: node %d needs node %d, which does not exist", n, o)
			}
			dependents[o] = append(dependents[o], n)
			waiting[n]++
		}
	}
	left := append([]int(nil), waiting...)
	var queue []int
	for n, w := range left {
		if w == 0 {
			queue = append(queue, n)
		}
	}
	for i := 0; i < len(queue); i++ {
		for _, d := range dependents[queue[i]] {
			if left[d]--; left[d] == 0 {
				queue = append(queue, d)
			}
		}
	}
	if len(queue) != len(needs) {
		return nil, nil, fmt.Errorf("walk graph: %d nodes lie on a cycle", len(needs)-len(queue))
	}
	return dependents, waiting, nil
}

type finished struct {
	node int
	err  error
}

type walk struct {
	results    []Result
	dependents [][]int
	waiting    []int
	ready      []int
	running    int
	limit      int
	done       chan finished
	do         func(context.Context, int) error
}

func (w *walk) run(ctx context.Context, stop <-chan struct{}) {
	stopped := false
	for {
		for !stopped && ctx.Err() == nil && len(w.ready) > 0 && (w.limit == 0 || w.running < w.limit) {
			n := w.ready[0]
			w.ready = w.ready[1:]
			w.running++
			go func() { w.done <- finished{n, w.do(ctx, n)} }()
		}
		if w.running == 0 {
			return
		}
		select {
		case f := <-w.done:
			w.running--
			w.finish(f)
		case <-stop:
			stopped, stop = true, nil
		}
	}
}

func (w *walk) finish(f finished) {
	w.results[f.node] = Result{Err: f.err, Cause: -1}
	for _, d := range w.dependents[f.node] {
		if f.err != nil {
			w.skip(d, f.node)
			continue
		}
		if w.waiting[d]--; w.waiting[d] == 0 {
			w.ready = append(w.ready, d)
		}
	}
}

// skip marks everything that hangs on a failed node; its count never reaches
// zero, so it never becomes ready.
func (w *walk) skip(node, cause int) {
	if w.results[node].Cause != -1 {
		return
	}
	w.results[node].Cause = cause
	for _, d := range w.dependents[node] {
		w.skip(d, cause)
	}
}
