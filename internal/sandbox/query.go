package sandbox

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	usualPage   = 20
	largestPage = 50 // a larger $top is capped; whether the service refuses it is not documented
)

// options are the query options that have an effect. $count, $orderby, $search and $skip have none, silently, which is
// one of the things that the documentation says a Graph API may do.
type options struct {
	top       int
	selected  []string // as the property is spelled on the wire; nil: all
	expand    bool
	filter    filter
	skipToken string
	all       bool // enum words above the sentinel too
}

type filter struct{ property, value string }

// kind is what a query option needs to know of a resource: its type, and the navigation properties which are legal in
// $select although they bring nothing.
type kind struct {
	name string
	wire reflect.Type
	navs []string
}

var kinds = map[string]kind{
	"/teamwork/devices":                      deviceKind,
	"/teamwork/devices/{id}":                 deviceKind,
	"/teamwork/devices/{id}/operations":      operationKind,
	"/teamwork/devices/{id}/operations/{id}": operationKind,
	"/teamwork/devices/{id}/activity":        {"teamworkDeviceActivity", reflect.TypeFor[activity](), nil},
	"/teamwork/devices/{id}/health":          {"teamworkDeviceHealth", reflect.TypeFor[health](), nil},
	"/teamwork/devices/{id}/configuration":   {"teamworkDeviceConfiguration", reflect.TypeFor[configuration](), nil},
}

var (
	deviceKind    = kind{"teamworkDevice", reflect.TypeFor[device](), []string{"activity", "configuration", "health", "operations"}}
	operationKind = kind{"teamworkDeviceOperation", reflect.TypeFor[operation](), nil}
)

// parseOptions reads the options of a GET; the $ before a name may be left out. A name with $ that OData does not know
// is refused, one without is none of our business.
func parseOptions(c *call) (options, *problem) {
	o := options{top: usualPage, all: c.prefersAll()}
	if c.method != http.MethodGet {
		return o, nil
	}
	values, err := url.ParseQuery(c.query)
	if err != nil {
		return o, badRequest("The query string is not valid: %v.", err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		var p *problem
		value := strings.TrimSpace(values[name][0])
		switch bare := strings.ToLower(strings.TrimPrefix(name, "$")); bare {
		case "top":
			o.top, p = parseTop(value)
		case "select":
			o.selected, p = parseSelect(kinds[c.pattern], value)
		case "expand":
			o.expand, p = parseExpand(c.pattern, value)
		case "filter":
			o.filter, p = parseFilter(c.pattern, value)
		case "skiptoken":
			o.skipToken = values[name][0]
		case "count", "orderby", "search", "skip", "format":
		default:
			if strings.HasPrefix(name, "$") {
				p = badRequest("The query parameter '%s' is not supported.", name)
			}
		}
		if p != nil {
			return o, p
		}
	}
	return o, nil
}

func parseTop(value string) (int, *problem) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, badRequest("Invalid value '%s' for $top query option found. The $top query option requires a positive integer value.", value)
	}
	return min(n, largestPage), nil
}

func parseSelect(k kind, value string) ([]string, *problem) {
	var selected []string
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		same := func(s string) bool { return strings.EqualFold(s, name) }
		names := properties(k.wire)
		switch i := slices.IndexFunc(names, same); {
		case name == "*":
			return nil, nil
		case i >= 0:
			selected = append(selected, names[i])
		case slices.ContainsFunc(k.navs, same):
		default:
			return nil, badRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, k.name)
		}
	}
	return selected, nil
}

// parseExpand: the metadata offers nothing but * below a device. On devices it offers their parts, but no page shows
// it; the sandbox refuses, in the words that Graph has for it, so that no client builds on what may not be there.
func parseExpand(pattern, value string) (bool, *problem) {
	switch {
	case kinds[pattern].wire == deviceKind.wire || value != "*":
		return false, &problem{http.StatusBadRequest, "ExpandNotSupported", "Expand is not supported for '" + value + "'."}
	}
	return true, nil
}

// documentedFilter is the one comparison that the page shows, in its three forms. Quotes in a literal are doubled.
var documentedFilter = regexp.MustCompile(`(?i)^(deviceType|hardwareDetail/uniqueId|currentUser/id)\s+eq\s+'((?:[^']|'')*)'$`)

func parseFilter(pattern, value string) (filter, *problem) {
	m := documentedFilter.FindStringSubmatch(value)
	if m == nil || pattern != "/teamwork/devices" {
		return filter{}, badRequest("Invalid filter clause: '%s' is not supported.", value)
	}
	f := filter{strings.ToLower(m[1]), strings.ReplaceAll(m[2], "''", "'")}
	if f.property == "devicetype" && !slices.ContainsFunc(deviceTypes, func(t string) bool { return strings.EqualFold(t, f.value) }) {
		if !strings.EqualFold(f.value, "unknown") && !strings.EqualFold(f.value, "unknownFutureValue") {
			return filter{}, badRequest("The string '%s' is not a valid enumeration type constant.", f.value)
		}
	}
	return f, nil
}

func (f filter) matches(d *device) bool {
	switch f.property {
	case "":
		return true
	case "devicetype":
		return strings.EqualFold(d.DeviceType, f.value)
	case "hardwaredetail/uniqueid":
		return d.HardwareDetail.UniqueID != nil && *d.HardwareDetail.UniqueID == f.value
	}
	return d.CurrentUser != nil && d.CurrentUser.ID != nil && *d.CurrentUser.ID == f.value
}
