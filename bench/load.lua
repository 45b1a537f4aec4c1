-- What wrk sends, the lines of a file in turn, and what it reports.
local bodies, turn = {}, 0

function init()
  local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
  for line in io.lines(os.getenv("REQUESTS")) do
    bodies[#bodies + 1] = wrk.format("POST", nil, headers, line)
  end
end

function request()
  turn = turn % #bodies + 1
  return bodies[turn]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'JSON{"requests":%d,"bytes":%d,"errors":%d,"micros":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
