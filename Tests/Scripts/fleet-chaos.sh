#!/usr/bin/env bash
# Three machines ship their logs to a cluster of three NATS servers, and everything is killed in the middle.
#
#   fleet-chaos.sh FLPERF [EVENTS]
#
# Each machine records EVENTS (100,000) in ten parts while it ships. Meanwhile with SIGKILL: each shipper once, the follower
# twice, and the server that leads the first stream, which is away for a fifth of the time. Afterwards every log at the centre
# extends to the checkpoint that its machine signed, the streams hold every event exactly once, the tables at the centre are the
# fold of the logs, and each run reads there as it does on its machine. Needs nats-server, libnats and python3.
set -euo pipefail
flperf=$(realpath "$1") events=${2:-100000} base=${FLEET_PORT:-4731}
parts=10 work=$(mktemp -d)
servers=nats://127.0.0.1:$base,nats://127.0.0.1:$((base + 1)),nats://127.0.0.1:$((base + 2))
declare -A pids=()

fail() { echo "fleet-chaos: $*" >&2; exit 1; }
cleanup() {
    for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    [ -n "${KEEP:-}" ] && echo "kept: $work" >&2 || rm -rf "$work"
}
trap cleanup EXIT
command -v nats-server >/dev/null || PATH=$PATH:/usr/sbin
command -v nats-server >/dev/null || fail "nats-server is not installed"

node() { # 0, 1 or 2
    printf '%s\n' "server_name: n$1" "listen: 127.0.0.1:$((base + $1))" \
        "jetstream { store_dir: \"$work/n$1\", max_mem: 256M, max_file: 10G }" \
        "cluster { name: fleet, listen: 127.0.0.1:$((base + 100 + $1)), routes: [nats://127.0.0.1:$((base + 100)), nats://127.0.0.1:$((base + 101)), nats://127.0.0.1:$((base + 102))] }" \
        >"$work/n$1.conf"
    nats-server -c "$work/n$1.conf" >>"$work/n$1.log" 2>&1 &
    pids[n$1]=$!
}
shipper() { # 1, 2 or 3
    "$flperf" log ship --data "$work/machine$1" --to "$servers" --follow >>"$work/ship$1.log" 2>&1 &
    pids[ship$1]=$!
}
follower() {
    "$flperf" log follow --data "$work/centre" --from "$servers" >>"$work/follow.log" 2>&1 &
    pids[follow]=$!
}
kill_now() {
    kill -9 "${pids[$1]}" || fail "$1 had ended before it was killed: $(tail -n 3 "$work"/ship*.log "$work/follow.log")"
    wait "${pids[$1]}" 2>/dev/null || true
    unset "pids[$1]"
    echo "part $part: killed $1" >&2
}
end() { # as Ctrl-C does
    kill -TERM "${pids[$1]}"
    wait "${pids[$1]}" || true
    unset "pids[$1]"
}
# The part of a machine's requests, as `vllm bench serve --save-detailed` writes them.
record() { # machine part
    python3 - "$1" "$2" $((events / parts)) >"$work/in$1.json" <<'PY'
import json, random, sys
machine, part, count = map(int, sys.argv[1:])
chance = random.Random(machine * 1000 + part)
print(json.dumps({
    "date": f"20260101-{part:02}{machine:02}00", "backend": "vllm", "model_id": "the-model", "request_rate": "inf",
    "max_concurrency": 8, "duration": count * 0.1, "start_times": [i * 0.1 for i in range(count)],
    "ttfts": [0.02 + chance.random() / 100 for _ in range(count)],
    "itls": [[0.01 + chance.random() / 1000 for _ in range(7)] for _ in range(count)],
    "input_lens": [10] * count, "output_lens": [8] * count, "errors": [""] * count}))
PY
    "$flperf" import --data "$work/machine$1" "$work/in$1.json" --json >/dev/null
}
leader() { # of machine 1's stream
    python3 - "$base" "$source1" <<'PY'
import json, socket, sys
for port in range(int(sys.argv[1]), int(sys.argv[1]) + 3):
    try: connection = socket.create_connection(("127.0.0.1", port), 2)
    except OSError: continue
    connection.settimeout(5)
    lines = connection.makefile("rwb")
    lines.readline()
    lines.write(b'CONNECT {"verbose":false,"headers":true}\r\nSUB answer 1\r\nPUB $JS.API.STREAM.INFO.flperf-'
                + sys.argv[2].encode() + b" answer 0\r\n\r\n")
    lines.flush()
    while not lines.readline().startswith(b"MSG"): pass
    print(json.loads(lines.readline())["cluster"]["leader"]); break
PY
}

for number in 0 1 2; do node $number; done
follower
for machine in 1 2 3; do shipper $machine; done
for part in $(seq $parts); do
    for machine in 1 2 3; do record $machine "$part" & done
    imports=$(jobs -p | tail -n 3)
    sleep 0.5
    case $part in
        2) kill_now ship1; shipper 1 ;;
        3) kill_now follow; follower ;;
        4) source1=$(sed -n 's/^Shipping the log \([^ ]*\) .*/\1/p' "$work/ship1.log" | head -n 1)
           victim=$(leader); kill_now "$victim" ;;
        5) kill_now ship2; shipper 2 ;;
        6) node "${victim#n}"; kill_now ship3; shipper 3 ;;
        7) kill_now follow; follower ;;
    esac
    for pid in $imports; do wait "$pid" || fail "an import failed"; done
done
echo "all recorded after $SECONDS s" >&2
end follow
for machine in 1 2 3; do
    end ship$machine
    "$flperf" log ship --data "$work/machine$machine" --to "$servers" --verify --json >"$work/ship$machine.json" ||
        fail "$(cat "$work/ship$machine.json")"
done
"$flperf" log follow --data "$work/centre" --from "$servers" --once
"$flperf" rebuild --check --data "$work/centre"

total=0
for machine in 1 2 3; do
    data=$work/machine$machine
    source=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["source"])' "$work/ship$machine.json")
    "$flperf" log checkpoint --data "$data" >"$work/checkpoint"
    key=$("$flperf" log checkpoint --data "$data" --public-key)
    "$flperf" log verify --data "$work/centre/sources/$source" --against "$work/checkpoint" --key "$key"
    for run in $("$flperf" runs list --data "$data" --limit 1000 --json | sed -n 's/^ *"id" : "\(.*\)",$/\1/p'); do
        for folder in "$data" "$work/centre"; do
            "$flperf" export "$run" --data "$folder" --format json | grep -v exported_at >"$work/$(basename "$folder").json"
        done
        cmp "$work/machine$machine.json" "$work/centre.json" || fail "run $run of machine $machine reads otherwise at the centre"
    done
    count=$(python3 - "$work/ship$machine.json" "$events" <<'PY'
import json, sys
found, events = json.load(open(sys.argv[1])), int(sys.argv[2])
assert found["events_in_stream"] >= events and found["problems"] == [], found
assert found["events_refilled"] == 0, f"the stream had lost events: {found}"
assert found["events_repeated"] == 0, f"the stream holds events twice: {found}"
print(found["events_in_stream"])
PY
    )
    total=$((total + count))
done
echo "3 machines, $total events; a server, 3 shippers and the follower (twice) killed: 0 lost, 0 twice, no row differs. $SECONDS s"
