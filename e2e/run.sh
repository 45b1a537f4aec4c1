#!/bin/sh
# Everything a browser and the protocol audit can tell of a running server:
#
#   ALLOWED_ORIGINS=http://127.0.0.1:4173 go run . &
#   e2e/run.sh http://localhost:8080
#
# CHROMIUM names the browser, SHOTS a folder for pictures. With CI=true a missing browser is a failure.
set -eu

export BASE_URL="${1:-${BASE_URL:-http://localhost:8080}}"
cd "$(dirname "$0")"

npm ci
(cd ../examples/client && npm ci && npm run build)

# Both run, so that one failure does not hide the other.
status=0
GRAPHQL_URL="$BASE_URL/graphql" npm run audit || status=1
npm test || status=1
exit $status
