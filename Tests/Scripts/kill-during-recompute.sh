#!/usr/bin/env bash
# Kills `flperf recompute` with SIGKILL again and again while it applies formulas, and looks at what is left.
#
#   kill-during-recompute.sh FLPERF [KILLS]
#
# After each kill: the tables are what the log says, the log verifies, and the same command finishes what was begun: the figures
# stand in every result, by one event. Ends with the number of kills; any other end is a failure.
set -euo pipefail
flperf=$(realpath "$1") kills=${2:-20}
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
cd "$(dirname "$0")/../.."

fail() { echo "kill $kill: $*" >&2; exit 1; }
recompute() { "$flperf" recompute --data "$data" --formulas "mine/$kill" "$@"; }

kill=0
for run in 1 2 3; do
    "$flperf" run --data "$data" --simulate --suite quick --iterations 5 --max-tokens 2 >/dev/null 2>&1 || fail "run $run failed"
done
mkdir -p "$data/formulas"

finished=0
for kill in $(seq "$kills"); do
    cat >"$data/formulas/mine.yaml" <<END
set: mine
version: $kill
result: {wait: {expr: max(first_content - sent where not failed), unit: ms, better: lower}}
END
    digest=$(recompute --json | sed -n 's/.*"outcome_digest" : "\(.*\)".*/\1/p')
    recompute --expect "$digest" >/dev/null 2>&1 &
    pid=$!
    # From before the log is opened to after the fold.
    sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
    kill -9 "$pid" 2>/dev/null || finished=$((finished + 1))
    wait "$pid" 2>/dev/null || true

    "$flperf" rebuild --check --data "$data" >/dev/null || fail "the tables are not what the log says"
    "$flperf" log verify --data "$data" >/dev/null || fail "the log does not verify"
    recompute --expect "$digest" >/dev/null || fail "what was begun could not be finished"
    events=$("$flperf" log show --data "$data" --type RecomputationApplied --json --limit 1000 | grep -c "\"mine/$kill\"" || true)
    [ "$events" -eq 1 ] || fail "it was applied by $events events"
    with=$("$flperf" export latest --data "$data" --formulas "mine/$kill" | grep -c '"formula_set" : "mine/'"$kill"'"' || true)
    [ "$with" -eq 3 ] || fail "$with of 3 results have the figures"
done
echo "$kills recomputations, $((kills - finished)) killed in the middle: every figure stands, by one event each; the log verifies; no row differs."
