package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const bulkDocument = `mutation($input: CreateDeviceOperationsInput!) {
  createDeviceOperations(input: $input) {
    results {
      deviceId
      deviceOperation { operationId deviceId operationType status }
      userErrors {
        __typename
        ... on UserError { message code path }
        ... on OperationAlreadyQueuedError { existingOperation { operationId } }
      }
    }
    userErrors { __typename ... on UserError { path } }
    replayed
  }
}`

// bulk sends a bulk create, and returns its results and its payload.
func bulk(f *front, input map[string]any) ([]any, any) {
	f.t.Helper()
	payload := dig(f.t, f.must(bulkDocument, map[string]any{"input": input}), "createDeviceOperations")
	return dig(f.t, payload, "results").([]any), payload
}

func TestBulkCreateGoesInBatches(t *testing.T) {
	for _, route := range []string{"collection", "actions"} {
		t.Run(route, func(t *testing.T) {
			root := upstream(t, sandbox.Options{Devices: 45, Pace: time.Hour})
			f := serve(t, overSocket(root, "GRAPH_CREATE_ROUTE="+route)...)
			ids := deviceIDs(f, 45)
			given := append([]string{"..", "no-such-device", teamwork.DeviceGlobalID(ids[0])}, ids...)
			input := map[string]any{"deviceIds": given, "operationType": "DEVICE_RESTART"}
			before := statsOf(t, root)
			results, _ := bulk(f, input)
			spent := statsOf(t, root)
			if spent.Creates-before.Creates != 45 || spent.Requests-before.Requests > 12 {
				t.Errorf("%d creates in %d requests, want 45 in a few batches", spent.Creates-before.Creates, spent.Requests-before.Requests)
			}
			checkBulk(t, results, ids)

			again, _ := bulk(f, input)
			for i, r := range again[2:] {
				want := dig(t, results[i+2], "deviceOperation", "operationId")
				if dig(t, r, "userErrors", 0, "__typename") != "OperationAlreadyQueuedError" || dig(t, r, "userErrors", 0, "existingOperation", "operationId") != want {
					t.Errorf("result %d is %v, want %v in the way", i+2, r, want)
				}
			}
			if n := statsOf(t, root).Creates - before.Creates; n != 45 {
				t.Errorf("%d creates after the second bulk, want 45", n)
			}
		})
	}
}

// checkBulk wants a malformed id, a missing device and a restart of each of ids, of
// which the first comes once more before the others.
func checkBulk(t *testing.T, results []any, ids []string) {
	t.Helper()
	if len(results) != len(ids)+3 {
		t.Fatalf("%d results for %d ids", len(results), len(ids)+3)
	}
	for i, typename := range []string{"InvalidInputError", "DeviceNotFoundError"} {
		path := []any{"input", "deviceIds", fmt.Sprint(i)}
		if dig(t, results[i], "userErrors", 0, "__typename") != typename || !cmp.Equal(dig(t, results[i], "userErrors", 0, "path"), any(path)) {
			t.Errorf("result %d is %v, want a %s", i, results[i], typename)
		}
	}
	for i, id := range append([]string{ids[0]}, ids...) {
		r := results[i+2]
		if dig(t, r, "deviceId") != id || dig(t, r, "deviceOperation", "deviceId") != id || dig(t, r, "deviceOperation", "status") != "QUEUED" {
			t.Errorf("result %d is %v, want a restart of %s", i+2, r, id)
		}
	}
	if d := cmp.Diff(results[2], results[3]); d != "" {
		t.Errorf("the device that was named twice has two outcomes\n%s", d)
	}
}

func TestBulkOfWhatNoDeviceCanTakeIsRefusedOnce(t *testing.T) {
	f, _, root := recorded(t)
	results, payload := bulk(f, map[string]any{
		"deviceIds": deviceIDs(f, 5), "operationType": "SOFTWARE_UPDATE", "softwareUpdate": map[string]any{"softwareType": "FIRMWARE"},
	})
	wrong := []any{map[string]any{"__typename": "InvalidInputError", "path": []any{"input", "softwareUpdate"}}}
	if d := cmp.Diff(any(wrong), dig(t, payload, "userErrors")); d != "" || len(results) > 0 {
		t.Errorf("%d results, (-want +got)\n%s", len(results), d)
	}
	if statsOf(t, root).Creates != 0 {
		t.Error("something was created")
	}
}
