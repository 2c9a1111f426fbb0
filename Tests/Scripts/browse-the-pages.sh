#!/bin/bash
# Goes through the pages with Chromium, on a fresh data folder, two simulated models and one whose every text would be markup: see
# browse-the-pages.py. Installs what it needs (browser.sh), and is skipped with a sentence where that can't be had.
#
#   browse-the-pages.sh [--short] [flperf] [folder for pictures]
#
# --short looks at each page in two of the four shapes, and takes about a minute.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/browser.sh"
short=()
if [ "${1:-}" = --short ]; then
    short=(--short)
    shift
fi
flperf=$(realpath "${1:-$here/../../.build/release/flperf}")
need_browser
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
models=$(free_port)
port=$(free_port)
cp -r "$here/../../suites" "$folder/suites"
cat >"$folder/suites/markup.json" <<'SUITE'
{ "name": "<i class=evil>suite</i>", "version": "<i class=evil>1</i>", "description": "<i class=evil>described</i>",
  "scenarios": [{ "name": "<i class=evil>scenario</i>", "description": "<i class=evil>d</i>", "prompt": "<i class=evil>prompt</i>" }],
  "default_config": { "iterations": 2 } }
SUITE
"$flperf" simulate --as ollama --port "$models" --jitter 0.3 --model fast:ttft=5ms,itl=1ms --model slow:ttft=9ms,itl=2ms >/dev/null 2>&1 &
"$flperf" serve --data "$folder/data" --suites "$folder/suites" --port "$port" >"$folder/serve.txt" 2>&1 &
for _ in $(seq 100); do
    curl -sf "http://127.0.0.1:$port/healthz" >/dev/null && break
    sleep 0.1
done
"$python" "$here/browse-the-pages.py" "http://127.0.0.1:$port" "http://127.0.0.1:$models" "${short[@]}" ${2:+--pictures "$2"}
