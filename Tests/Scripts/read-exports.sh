#!/usr/bin/env bash
# Reads exports with tools that are not ours, and compares them row by row with the API's answers.
#
#   read-exports.sh FLPERF [DATA]
#
# Without DATA, a data folder, two short runs of the simulator make one, on a suite whose texts mean something to CSV, SQL,
# JSON, Markdown and spreadsheets. The SQLite export is read by the sqlite3 program, Python's sqlite3, Datasette and DuckDB, CSV
# by Python's csv and DuckDB, NDJSON and JSON by Python's json, OTLP by OpenTelemetry's own messages, JUnit by an XML parser,
# CloudEvents by their own library. Ends with what was compared; any other end is a failure.
set -euo pipefail
flperf=$(realpath "$1") data=${2:-}
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT
cd "$here/../.."

if [ -z "$data" ]; then
    data=$work/data
    cat >"$work/nasty.json" <<'SUITE'
{"name": "nasty", "version": "1", "description": "texts that mean something", "default_config": {"iterations": 3},
 "scenarios": [
  {"name": "=1+1,\"quoted\"\r\nsecond line", "description": "", "prompt": "one", "max_tokens": 5},
  {"name": "|bar| <b>'; DROP TABLE samples; --", "description": "", "prompt": "two", "max_tokens": 5},
  {"name": "@ä漢字 \\ \t", "description": "", "prompt": "three", "max_tokens": 5}]}
SUITE
    "$flperf" run --data "$data" --simulate --suite "$work/nasty.json" --concurrency 1,2 >/dev/null 2>&1
    "$flperf" run --data "$data" --simulate --suite "$work/nasty.json" --rate 40 --duration 300ms >/dev/null 2>&1
fi
python3 -m venv "$work/venv"
# DuckDB and its reader of SQLite are of one version.
"$work/venv/bin/pip" --quiet --disable-pip-version-check install datasette 'duckdb==1.5.5' duckdb-extensions \
    'duckdb-extension-sqlite-scanner==1.5.5' opentelemetry-proto

"$flperf" serve --data "$data" --port 0 >"$work/serve.out" 2>&1 &
server=$!
for _ in $(seq 100); do
    address=$(grep -om1 'http://127.0.0.1:[0-9]*' "$work/serve.out" || true)
    [ -n "$address" ] && break
    sleep 0.1
done

for table in models runs results samples logs; do
    "$flperf" export --data "$data" --table $table --output "$work/$table.csv" 2>/dev/null
    "$flperf" export --data "$data" --table $table --output "$work/$table.ndjson" 2>/dev/null
done
"$flperf" export --data "$data" --output "$work/all.json" 2>/dev/null
"$flperf" export --data "$data" --output "$work/all.db" 2>/dev/null
"$flperf" export --data "$data" --format otlp --output "$work/otlp.json" 2>/dev/null
"$flperf" export --data "$data" latest --fail-on 'ttft_p50>1ms' --output "$work/junit.xml" 2>/dev/null
"$flperf" log export --data "$data" --format ndjson --type InferenceSampled "$work/events.ndjson" 2>/dev/null
"$work/venv/bin/python" "$here/read-exports.py" "$work" "$address"
"$here/read-cloudevents.sh" "$flperf" "$data"
