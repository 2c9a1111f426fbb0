#!/bin/bash
# The Results page of 10,000 samples and 8 charts beside a page that Chart.js draws, of the same figures and in the same browser:
# see draw-beside-chartjs.py. Needs Debian's chromium and libjs-chart.js, and Playwright from PyPI, and installs them (browser.sh).
# Takes about two minutes; the figures go to standard output.
#
#   draw-beside-chartjs.sh [flperf] [rounds]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/browser.sh"
flperf=$(realpath "${1:-$here/../../.build/release/flperf}")
need_browser
[ -e /usr/share/javascript/chart.js/chart.min.js ] || $(command -v sudo) apt-get install -y -qq libjs-chart.js >/dev/null
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
models=$(free_port)
port=$(free_port)
cat >"$folder/suite.json" <<'SUITE'
{ "name": "pages", "version": "1.0", "description": "Short answers, many times.",
  "scenarios": [
    { "name": "Greeting", "prompt": "Say hello.", "max_tokens": 16 },
    { "name": "Summary", "prompt": "Sum it up.", "max_tokens": 16 },
    { "name": "Translation", "prompt": "Translate it.", "max_tokens": 16 },
    { "name": "Code", "prompt": "Program it.", "max_tokens": 16 },
    { "name": "Story", "prompt": "Tell it.", "max_tokens": 16 }
  ],
  "default_config": { "iterations": 250, "concurrency": [8, 16], "warmup": 0 } }
SUITE
"$flperf" simulate --port "$models" --model small:ttft=4ms,itl=300us,jitter=0.4 --model medium:ttft=6ms,itl=500us,jitter=0.4 \
    --model large:ttft=9ms,itl=800us,jitter=0.3 --model huge:ttft=14ms,itl=1ms,jitter=0.3 >/dev/null 2>&1 &
run() {
    "$flperf" run --data "$folder/data" --suite "$folder/suite.json" --endpoint "http://127.0.0.1:$models" \
        --model small --model medium --model large --model huge --progress none "$@" >/dev/null 2>&1
}
until curl -sf "http://127.0.0.1:$models/v1/models" >/dev/null; do sleep 0.1; done
# For the history; the last one is the one that is looked at.
for _ in $(seq 6); do run --iterations 3; done
run
kill %1
"$flperf" export latest --data "$folder/data" --table samples --format csv --output "$folder/samples.csv" 2>/dev/null
"$flperf" serve --data "$folder/data" --port "$port" >"$folder/serve.txt" 2>&1 &
for _ in $(seq 100); do
    curl -sf "http://127.0.0.1:$port/healthz" >/dev/null && break
    sleep 0.1
done
"$python" "$here/draw-beside-chartjs.py" "http://127.0.0.1:$port" "$folder/samples.csv" --rounds "${2:-11}"
