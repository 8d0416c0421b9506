package term

import (
	"maps"
	"slices"

	"github.com/mailprov/mailprov/internal/render/width"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func quoted(s string) string { return width.Quote(s) }
