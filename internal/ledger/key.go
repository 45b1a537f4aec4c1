package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// version stands before every key, as everything that replicas share has it: a user of
// Redis may be confined to it.
const version = "tg1:"

// recordName returns the name of a key's record. It is a hash: a key may be somebody's
// secret, and whoever can list the store's keys need not know it.
func recordName(holder, deviceID, key string) string {
	return version + "{" + digest("key", holder, deviceID, key) + "}:claim"
}

// holder is whose a key is: a partition may be that of all callers.
func holder(caller *teamwork.Caller) string {
	if caller.Subject == "" {
		return caller.Partition
	}
	return digest("holder", caller.Partition, caller.Subject)
}

// leaseName returns the name of the lease beside a record.
func leaseName(record string) string { return record + ":lease" }

// ownerName returns where is written which record an operation is the outcome of. Records
// are each caller's own, but callers of one account see the same operations.
func ownerName(caller *teamwork.Caller, op teamwork.DeviceOperationKey) string {
	scope := caller.Account
	if scope == "" {
		scope = caller.Partition
	}
	return version + "{" + digest("operation", scope, op.DeviceID, op.OperationID) + "}:claimed"
}

// digest is a hash under which no part can be mistaken for another.
func digest(parts ...string) string {
	all := make([]byte, 0, 256)
	for _, p := range parts {
		all = append(append(strconv.AppendInt(all, int64(len(p)), 10), ':'), p...)
	}
	sum := sha256.Sum256(all)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// inputHash tells one input from another. What was not given leaves no mark, so that a
// later version with more to give still knows the inputs of this one.
func inputHash(req teamwork.CreateOperation) string {
	req.IdempotencyKey = nil
	text, err := json.Marshal(req)
	if err != nil {
		panic(err) // of strings and times
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		panic(err)
	}
	for name, value := range given {
		if s := string(value); s == "null" || s == `""` {
			delete(given, name)
		}
	}
	text, _ = json.Marshal(given) // in the order of names
	return digest(string(text))
}
