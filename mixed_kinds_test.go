package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// mixedKind is a request that anybody may send.
type mixedKind struct {
	name      string
	query     string
	variables func(g *mixedGroup) map[string]any
	get       bool   // by GET
	free      bool   // needs no scope, and tells nothing of a tenant
	creates   string // the mutation
	want      string // what a mutation of who may write ends in: created, busy or an error's name
	null      bool   // there is none
	broken    string // the code with which everybody is refused
}

const mixedDeviceFields = `fragment device on Device { id deviceId deviceType notes createdBy { ...who } hardwareDetail { serialNumber } meta { stale } }
fragment who on IdentitySet { user { id displayName } application { displayName } }`

const mixedOperationFields = `fragment operation on DeviceOperation { id operationId status isFinal createdBy { user { displayName } application { displayName } } }`

const mixedCreated = `deviceOperation { operationId deviceId createdBy { application { displayName } } }
userErrors { __typename ... on UserError { message } ... on PermissionDeniedError { requiredScopes } ... on OperationAlreadyQueuedError { existingOperation { operationId createdBy { application { displayName } } } } }`

func ofDevice(g *mixedGroup) map[string]any { return map[string]any{"id": g.device.id} }
func ofGlobal(g *mixedGroup) map[string]any {
	return map[string]any{"id": teamwork.DeviceGlobalID(g.device.id), "op": teamwork.OperationGlobalID(g.device.key())}
}
func ofOperation(g *mixedGroup) map[string]any {
	return map[string]any{"key": map[string]any{"deviceId": g.device.id, "operationId": g.device.operation}}
}

func (d mixedDevice) key() teamwork.DeviceOperationKey {
	return teamwork.DeviceOperationKey{DeviceID: d.id, OperationID: d.operation}
}

func ofCreate(input map[string]any, many bool) func(g *mixedGroup) map[string]any {
	return func(g *mixedGroup) map[string]any {
		all := map[string]any{"deviceId": g.device.id}
		if many {
			all = map[string]any{"deviceIds": []string{g.device.id, "no-such-device"}}
		}
		for name, value := range input {
			if all[name] = value; value == "" {
				all[name] = fmt.Sprintf("key-%08d", g.number)
			}
		}
		return map[string]any{"input": all}
	}
}

var mixedKinds = []mixedKind{
	{name: "device", query: `query($id: String!) { device(by: {deviceId: $id}) { ...device } } ` + mixedDeviceFields, variables: ofDevice},
	{name: "device by GET", query: `query($id: String!) { device(by: {deviceId: $id}) { notes ...device } } ` + mixedDeviceFields, variables: ofDevice, get: true},
	{name: "aliases", query: `query Two($id: ID!) { upstreamStatus { circuit } a: device(by: {id: $id}) { ...device } b: device(by: {id: $id}) { tag: companyAssetTag who: createdBy { ...who } hardwareDetail { model } ... on Device { ... on Node { id } } } } ` + mixedDeviceFields, variables: ofGlobal},
	{name: "node", query: `query($id: ID!) { node(id: $id) { __typename id ... on Device { ...device } ... on DeviceOperation { status } } } ` + mixedDeviceFields, variables: ofGlobal},
	{name: "nodes", query: `query($id: ID!, $op: ID!) { nodes(ids: [$op, $id]) { id ...device ...operation } } ` + mixedDeviceFields + mixedOperationFields, variables: ofGlobal},
	{name: "devices", query: `{ devices(first: 2) { edges { cursor node { ...device } } pageInfo { hasNextPage endCursor } meta { stale } } } ` + mixedDeviceFields},
	{name: "devices by GET", query: `{ devices(first: 1, filter: {deviceType: TEAMS_ROOM}) { nodes { ...device } } } ` + mixedDeviceFields, get: true},
	{name: "what is left out", query: `query($id: String!, $yes: Boolean = true) { device(by: {deviceId: $id}) { id @skip(if: $yes) notes @include(if: $yes) ...device @include(if: $yes) } } ` + mixedDeviceFields, variables: ofDevice},
	{name: "operation", query: `query($key: DeviceOperationKey!) { deviceOperation(by: {key: $key}) { ...operation } } ` + mixedOperationFields, variables: ofOperation},
	{name: "operation and device", query: `query($op: ID!) { deviceOperation(by: {id: $op}) { ...operation device { ...device } } } ` + mixedOperationFields + mixedDeviceFields,
		variables: func(g *mixedGroup) map[string]any { return map[string]any{"op": ofGlobal(g)["op"]} }},
	{name: "operations", query: `query($id: ID!) { deviceOperations(deviceId: $id, first: 2) { edges { cursor node { ...operation } } pageInfo { hasNextPage } } } ` + mixedOperationFields,
		variables: ofDevice},
	{name: "below a device", query: `query($id: String!) { device(by: {deviceId: $id}) { operations(first: 1) { nodes { ...operation } } latestOperation { ...operation } health { connection { connectionStatus } createdBy { user { displayName } } } activity { createdBy { user { displayName } } } configuration { lastModifiedBy { user { displayName } } } } } ` + mixedOperationFields, variables: ofDevice},
	{name: "a fleet", query: `{ devices(first: 3) { nodes { id operations(first: 1) { nodes { ...operation } } health { createdBy { user { displayName } } } } } } ` + mixedOperationFields},
	{name: "no device", query: `query($id: String!) { device(by: {deviceId: $id}) { ...device } } ` + mixedDeviceFields, null: true,
		variables: func(g *mixedGroup) map[string]any { return map[string]any{"id": fmt.Sprint("none-", g.number)} }},
	{name: "upstream", query: `{ __typename upstreamStatus { circuit } }`, free: true},
	{name: "schema", query: `{ __type(name: "Device") { name fields { name } } }`, free: true},
	{name: "invalid", query: `{ devices { nodes { secret } } }`, broken: "GRAPHQL_VALIDATION_FAILED"},
	{name: "mutation by GET", query: `mutation { createDeviceOperation(input: {deviceId: "x", operationType: DEVICE_RESTART}) { replayed } }`, get: true, broken: "BAD_REQUEST"},
	{name: "create", query: `mutation($input: CreateDeviceOperationInput!) { createDeviceOperation(input: $input) { replayed ` + mixedCreated + ` } }`,
		variables: ofCreate(map[string]any{"operationType": "CONFIG_UPDATE", "idempotencyKey": ""}, false), creates: "createDeviceOperation", want: "created"},
	{name: "create many", query: `mutation($input: CreateDeviceOperationsInput!) { createDeviceOperations(input: $input) { replayed userErrors { __typename ... on PermissionDeniedError { requiredScopes } } results { ` + mixedCreated + ` } } }`,
		variables: ofCreate(map[string]any{"operationType": "REMOTE_LOGIN", "idempotencyKey": ""}, true), creates: "createDeviceOperations", want: "created"},
	{name: "create on what is busy", query: `mutation($input: CreateDeviceOperationInput!) { createDeviceOperation(input: $input) { replayed ` + mixedCreated + ` } }`,
		variables: ofCreate(map[string]any{"operationType": "DEVICE_RESTART"}, false), creates: "createDeviceOperation", want: "busy"},
	{name: "create of nothing", query: `mutation($input: CreateDeviceOperationInput!) { createDeviceOperation(input: $input) { replayed ` + mixedCreated + ` } }`,
		variables: ofCreate(map[string]any{"operationType": "REMOTE_LOGIN", "idempotencyKey": "short"}, false), creates: "createDeviceOperation", want: "InvalidInputError"},
	{name: "create on no device", query: `mutation($input: CreateDeviceOperationInput!) { createDeviceOperation(input: $input) { replayed ` + mixedCreated + ` } }`,
		variables: ofCreate(map[string]any{"operationType": "REMOTE_LOGIN", "deviceId": "no-such-device"}, false), creates: "createDeviceOperation", want: "DeviceNotFoundError"},
}

// encode writes a group's body, which nobody has sent before.
func (k mixedKind) encode(t *testing.T, g *mixedGroup) []byte {
	body := map[string]any{"query": fmt.Sprintf("%s # %d", k.query, g.number)}
	if k.variables != nil {
		body["variables"] = k.variables(g)
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Error(err)
	}
	return text
}
