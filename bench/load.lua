-- What wrk sends, one and the same request again and again, and what it reports.
local file = assert(io.open(os.getenv("REQUEST")))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"
file:close()

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'JSON{"requests":%d,"bytes":%d,"errors":%d,"micros":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
