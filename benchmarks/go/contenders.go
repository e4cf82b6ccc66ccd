package main

import (
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
)

const (
	// BatchWriteItem and BatchExecuteStatement take no more.
	batchSize = 25
	// As many as the engine has workers.
	workers = 32
)

// rewrite gives each order of a table its status.
type rewrite func(ctx context.Context, table string) error

// contenders are the ways to do so, by the name that each is called by. They are made for an endpoint.
var contenders = map[string]func(endpoint string) (rewrite, error){
	"go-sdk-updates":     sdk(updateRaw, 1),
	"go-sdk-projected":   sdk(updateRaw, 1, "id", "paid", "status"),
	"go-sdk-updates-32":  sdk(updateRaw, workers),
	"go-sdk-map-updates": sdk(updateMaps, 1),
	"go-sdk-puts":        sdk(putRaw, 1),
	"go-sdk-puts-32":     sdk(putRaw, workers),
	"go-sdk-map-puts":    sdk(putMaps, 1),
	"go-floor-updates":   floor(updates),
	"go-floor-puts":      floor(puts),
}

func names() []string {
	return slices.Sorted(maps.Keys(contenders))
}

func status(paid bool) string {
	if paid {
		return "PAID"
	}
	return "NEW"
}

// versions are those of Go and of the SDK that this was built with.
func versions() map[string]string {
	found := map[string]string{}
	if built, ok := debug.ReadBuildInfo(); ok {
		found["go"] = strings.TrimPrefix(built.GoVersion, "go")
		for _, module := range built.Deps {
			found[module.Path] = strings.TrimPrefix(module.Version, "v")
		}
	}
	return found
}
