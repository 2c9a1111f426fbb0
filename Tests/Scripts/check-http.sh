#!/usr/bin/env bash
# Holds the served interface against its own OpenAPI document, and its figures against Prometheus's rules.
#
#   check-http.sh FLPERF [--full]
#
# openapi-spec-validator reads the document; schemathesis (all checks) sends what it allows and what it does not, at least 5,000
# cases with --full; promtool reads /metrics. Both Python tools come from PyPI once, into flperf-judges in the cache folder.
# Ends with what was seen; any failure ends it with status 1.
set -euo pipefail
flperf=$(realpath "$1")
cases=12
[ "${2:-}" != --full ] || cases=150
cache=${XDG_CACHE_HOME:-$HOME/.cache}/flperf-judges
work=$(mktemp -d)
trap 'for process in ${server:-} ${simulator:-}; do kill "$process" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT

if [ ! -e "$cache/complete" ]; then
    python3 -m venv "$cache"
    "$cache/bin/pip" --quiet --disable-pip-version-check install 'schemathesis>=4,<5' openapi-spec-validator >&2
    touch "$cache/complete"
fi

# Something to ask for: a run of the simulator, which stays up so that models can be loaded and asked.
"$flperf" run --data "$work/data" --simulate --suite quick --iterations 2 >/dev/null 2>&1
"$flperf" serve --data "$work/data" --port 0 >/dev/null 2>"$work/server" &
server=$!
for _ in $(seq 200); do
    url=$(sed -n 's|.*Serving \(http://[^ ]*\) .*|\1|p' "$work/server")
    [ -z "$url" ] || break
    sleep 0.05
done
[ -n "$url" ] || { cat "$work/server" >&2; exit 1; }

curl -sf "$url/openapi.json" >"$work/openapi.json"
"$cache/bin/openapi-spec-validator" --errors all "$work/openapi.json"
# Streams that never end are left out here: a test of their own listens to them.
(cd "$work" && "$cache/bin/schemathesis" run "$url/openapi.json" --checks all --max-examples "$cases" --phases examples,coverage,fuzzing \
    --continue-on-failure --exclude-path /api/events/stream --request-timeout 30 --generation-database none \
    --warnings off) | tee "$work/schemathesis" | tail -n 80
curl -sf "$url/metrics" | if command -v promtool >/dev/null; then promtool check metrics && echo "promtool finds nothing."; else
    echo "promtool is not installed (Debian: prometheus): /metrics was not checked." >&2; cat >/dev/null; fi
kill -0 "$server" || { echo "The service is down." >&2; exit 1; }
