// Package teamwork holds the nouns of Microsoft's Teams device API, the verbs
// one may do to them, and the ways in which that can fail.
//
// The names are Microsoft's without their prefix: a Device is a teamworkDevice,
// a DeviceOperation a teamworkDeviceOperation. The JSON tags are the wire's, so
// a noun is decoded once, from Microsoft Graph or from a cache, and is read from
// there on: nothing copies it into a look-alike. A value that a Service returned
// is shared between callers and must not be changed.
//
// Nothing here says how. Rooms that do (msgraph, cache) implement Service.
package teamwork
