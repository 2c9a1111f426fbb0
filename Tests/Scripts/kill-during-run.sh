#!/usr/bin/env bash
# Kills a benchmark with SIGKILL again and again and looks at what is left.
#
#   kill-during-run.sh FLPERF [KILLS]
#
# After each kill: every event that was acknowledged is in the log, the log verifies, the run reads as interrupted, and the
# tables are what the log says. Ends with the number of kills; any other end is a failure.
set -euo pipefail
flperf=$(realpath "$1") kills=${2:-20}
data=$(mktemp -d) acknowledged=$(mktemp)
trap 'rm -rf "$data" "$acknowledged"' EXIT
cd "$(dirname "$0")/../.."

fail() { echo "kill $kill: $*" >&2; exit 1; }

total=0
for kill in $(seq "$kills"); do
    "$flperf" run --data "$data" --simulate --suite quick --concurrency 8 --iterations 200 --progress json \
        >/dev/null 2>"$acknowledged" &
    pid=$!
    # From before the first request to the middle of the load.
    sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    kill -9 "$pid" 2>/dev/null || fail "the run was over before it was killed"
    wait "$pid" 2>/dev/null || true

    # A line that was cut off in the middle was not acknowledged to anybody.
    last=$(grep -o '^{"acknowledged":[0-9]*}$' "$acknowledged" | tail -n 1 | grep -o '[0-9]*' || true)
    last=${last:-0}
    count=$(grep -c '^{"acknowledged":[0-9]*}$' "$acknowledged" || true)
    total=$((total + count))

    verified=$("$flperf" log verify --data "$data" --json) || fail "the log does not verify: $verified"
    events=$(sed -n 's/.*"events" : \([0-9]*\).*/\1/p' <<<"$verified")
    [ "$events" -ge "$last" ] || fail "event $last was acknowledged, and the log ends at $events"

    running=$("$flperf" runs list --data "$data" --limit 1000 2>/dev/null | grep -c ' running' || true)
    [ "$running" -eq 0 ] || fail "$running runs read as running"
    "$flperf" rebuild --check --data "$data" >/dev/null || fail "the tables are not what the log says"
done
interrupted=$("$flperf" runs list --data "$data" --limit 1000 2>/dev/null | grep -c ' interrupted' || true)
echo "$kills kills, $total events acknowledged, 0 lost; $interrupted runs interrupted, none running; the log verifies; no row differs."
