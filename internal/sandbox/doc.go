// Package sandbox is Microsoft Graph in a box: the beta Teams device API of one invented tenant, served by an
// http.Handler, in memory, seeded and repeatable.
//
// It is not Microsoft, and nothing is kept. It follows the documentation wherever the documentation speaks. Where it is
// silent, or contradicts itself, the sandbox chooses, says so beside the code, and a fault (see below) plays the other
// reading, so that a client learns to survive the real service and not one server's accidents.
//
// The same handler is reached over HTTP or, through RoundTrip, inside the process; bytes are encoded either way.
// No goroutine runs in the background: what an operation has come to is computed from the clock when someone looks.
//
// # Switches
//
// They need no token, and a web page of another origin cannot reach them.
//
//	GET    /_sandbox/stats    what came in: outer and inner requests, creates, all by route
//	DELETE /_sandbox/stats    count from zero
//	GET    /_sandbox/faults   what is wrong at the moment
//	POST   /_sandbox/faults   how to go wrong from now on; what the body does not name is off
//	DELETE /_sandbox/faults   all is well again
//
// # Faults
//
// The body of POST /_sandbox/faults is one JSON object, such as {"throttle": 0.05, "retryAfter": 1, "reset": 0.01}. A
// share is a number from 0 to 1, drawn for each request: inside a $batch for each of its members, except for reset and
// truncate, which hit the connection.
//
// What fails:
//
//	throttle     share     429 TooManyRequests
//	retryAfter   seconds   the Retry-After that comes with it: 1 unless told; 0: no such header
//	error        share     500 InternalServerError
//	unavailable  share     503 ServiceUnavailable
//	malformed    share     200 with a page of HTML, or with half of the JSON
//	reset        share     the connection breaks without an answer
//	truncate     share     the connection breaks in the middle of the answer
//	afterWork    share     how many of the failed, throttled and reset requests were done all the same
//	latency      duration  such as "20ms": every outer request takes at least this long
//	retired      status    404, 410 or 501 from every route below /beta/teamwork: the API has ended
//	noLicense    boolean   403 for the list of devices, as one device without a licence causes
//	deprecation  boolean   the headers Deprecation, Sunset and Link on every answer
//
// What looks different, as another page of the documentation, or the service itself, has it:
//
//	pascalCase      boolean  enum words as the examples spell them: "TeamsRoom"
//	wrapSingle      boolean  a single object under "value"
//	malformedTimes  boolean  an operation's times as 2021-06-19T12-01-03.45Z
//	namespace       boolean  an @odata.type in the service's internal namespace
//	relativeLinks   boolean  next links without host and version
//	missingIds      boolean  the first member of each page has no id
//	emptyPages      boolean  every second page is empty, and not the last
//	unknownWords    boolean  some devices and operations have types and states that are newer than any schema
package sandbox
