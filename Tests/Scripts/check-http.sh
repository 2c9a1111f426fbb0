#!/usr/bin/env bash
# Holds the served interface against its own OpenAPI document, and its figures against Prometheus's rules.
#
#   check-http.sh FLPERF [--full]
#
# openapi-spec-validator reads the document; schemathesis (all checks) sends what it allows and what it does not, at least 5,000
# cases with --full, else a few, the same each time; promtool reads /metrics. Both Python tools come from PyPI once, into flperf-judges in the cache folder.
# Says what it left out where a tool can't be had. Any failure ends it with status 1.
set -euo pipefail
flperf=$(realpath "$1")
export FLPERF_SUITES=${FLPERF_SUITES:-$(realpath "$(dirname "$0")/../../suites")}
cases=12
generation=(--generation-deterministic)
[ "${2:-}" != --full ] || { cases=150; generation=(--generation-database none); }
cache=${XDG_CACHE_HOME:-$HOME/.cache}/flperf-judges
work=$(mktemp -d)
trap 'for process in ${server:-} ${simulator:-}; do kill "$process" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT

if [ ! -e "$cache/complete" ]; then
    if ! { python3 -m venv "$cache" && "$cache/bin/pip" --quiet --disable-pip-version-check install 'schemathesis>=4,<5' openapi-spec-validator; } >&2; then
        echo "SKIPPED: schemathesis and openapi-spec-validator could not be had from PyPI." >&2
        exit 0
    fi
    touch "$cache/complete"
fi

# What a server prints as its address, once it has it.
address() {
    for _ in $(seq 200); do
        found=$(sed -n 's|.*\(http://127.0.0.1:[0-9]*\).*|\1|p' "$1" | head -n 1)
        [ -z "$found" ] || { echo "$found"; return; }
        sleep 0.05
    done
    cat "$1" >&2
    return 1
}

# Something to ask for: a run of a simulator, which stays up so that models can be loaded and asked.
"$flperf" simulate --port 0 >"$work/simulator" 2>&1 &
simulator=$!
model=$(address "$work/simulator")
"$flperf" run --data "$work/data" --endpoint "$model" --suite quick --iterations 2 >"$work/run" 2>&1 || { cat "$work/run" >&2; exit 1; }
"$flperf" serve --data "$work/data" --port 0 >/dev/null 2>"$work/server" &
server=$!
url=$(address "$work/server")

curl -sf "$url/openapi.json" >"$work/openapi.json"
"$cache/bin/openapi-spec-validator" --subschema-errors all "$work/openapi.json"
# All checks, but that whatever fits the schema is taken: none can tell that names must differ, or what a formula is.
cat >"$work/schemathesis.toml" <<'END'
[[operations]]
include-path-regex = "^/api/(benchmarks/suites|recomputations)"
include-method = "POST"
checks.positive_data_acceptance.enabled = false
END
# Streams that never end are left out: a test of their own listens to them.
status=0
(cd "$work" && "$cache/bin/schemathesis" --no-color run "$url/openapi.json" --max-examples "$cases" --continue-on-failure \
    --phases examples,coverage,fuzzing --exclude-path /api/events/stream --request-timeout 30 "${generation[@]}" \
    --suppress-health-check filter_too_much,too_slow --warnings off) >"$work/schemathesis" 2>&1 || status=$?
if [ "$status" = 0 ]; then sed -n '/SUMMARY/,$p' "$work/schemathesis"; else cat "$work/schemathesis"; exit "$status"; fi
curl -sf "$url/metrics" >"$work/metrics"
if command -v promtool >/dev/null; then promtool check metrics <"$work/metrics" && echo "promtool finds nothing."; else
    echo "promtool is not installed (Debian: prometheus): /metrics was not checked." >&2; fi
kill -0 "$server" || { echo "The service is down." >&2; exit 1; }
