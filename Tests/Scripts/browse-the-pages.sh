#!/bin/bash
# Goes through the pages with Chromium, on a fresh data folder and two simulated models: see browse-the-pages.py.
# Needs Debian's chromium, and Playwright and axe from PyPI, which it installs in a folder of its own.
#
#   browse-the-pages.sh [flperf] [folder for pictures]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
flperf=$(realpath "${1:-$here/../../.build/release/flperf}")
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
python=${BROWSER_PYTHON:-}
if [ -z "$python" ]; then
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet playwright axe-playwright-python
    python=$folder/venv/bin/python
fi
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
models=$(free_port)
port=$(free_port)
"$flperf" simulate --as ollama --port "$models" --jitter 0.3 --model fast:ttft=5ms,itl=1ms --model slow:ttft=9ms,itl=2ms >/dev/null 2>&1 &
"$flperf" serve --data "$folder/data" --suites "$here/../../suites" --port "$port" >"$folder/serve.txt" 2>&1 &
for _ in $(seq 100); do
    curl -sf "http://127.0.0.1:$port/healthz" >/dev/null && break
    sleep 0.1
done
"$python" "$here/browse-the-pages.py" "http://127.0.0.1:$port" "http://127.0.0.1:$models" ${2:+--pictures "$2"}
