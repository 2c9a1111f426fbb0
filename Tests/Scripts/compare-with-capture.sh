#!/usr/bin/env bash
# Holds what flperf measures at a model server against the packets themselves.
#
#   compare-with-capture.sh FLPERF ENDPOINT MODEL [ITERATIONS] [CONCURRENCY]
#
# ENDPOINT is the address of a running server on this machine, such as http://127.0.0.1:8080. Needs tcpdump, the right to
# capture on loopback, and python3. For every request, the TTFT, from the packet with the request's last byte to the packet
# with the first non-empty content, and the time of the last content must be within 0.2 ms of what flperf recorded. Ends with
# what was found; any other end is a failure.
set -euo pipefail
flperf=$(realpath "$1") endpoint=$2 model=$3 iterations=${4:-10} concurrency=${5:-1,4}
here=$(realpath "$(dirname "$0")")
port=$(sed -E 's#^[a-z]+://##; s#/.*##; s#.*:##' <<<"$endpoint")
work=$(mktemp -d)
chmod 755 "$work"
trap 'kill "${capture:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$here/../.."

tcpdump -i lo -s 0 -B 65536 --time-stamp-precision=nano -Z root -w "$work/packets" "tcp port $port" 2>"$work/tcpdump" &
capture=$!
until grep -q 'listening on' "$work/tcpdump"; do
    kill -0 "$capture" 2>/dev/null || { cat "$work/tcpdump" >&2; exit 1; }
    sleep 0.1
done

"$flperf" run --data "$work/data" --suite quick --endpoint "$endpoint" --model "$model" \
    --iterations "$iterations" --concurrency "$concurrency" --progress none >"$work/report" 2>&1 ||
    { cat "$work/report" >&2; exit 1; }
# What was captured is written when the buffer is full, or at the end.
sleep 1
kill "$capture"
wait "$capture" 2>/dev/null || true

"$flperf" log export --data "$work/data" "$work/export.jsonl" 2>/dev/null
python3 "$here/compare-with-capture.py" "$work/packets" "$work/export.jsonl" "$port"
