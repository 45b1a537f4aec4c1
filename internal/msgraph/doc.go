// Package msgraph is the Teams device API over HTTP: Microsoft Graph's beta
// /teamwork/devices, as a teamwork.Service.
//
// A call is a walk: a route is filled in, the request goes through azcore's
// pipeline (gate, token, ids), a body of bounded size is decoded into the noun.
// Reads that may do better are tried again; writes never. Microsoft's own pages contradict one another on much of the wire; all
// variants are read alike, and only the documented one is written.
package msgraph
