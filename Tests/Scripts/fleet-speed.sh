#!/usr/bin/env bash
# How many events a second one machine ships to a stream that three NATS servers keep, all on this machine.
#
#   fleet-speed.sh FLPERF [EVENTS] [ROUNDS]
#
# Records EVENTS (300,000) imported requests once, then ships them ROUNDS (5) times to a stream made anew, and takes each into an
# empty centre. Prints every round and the median. Needs nats-server, libnats and python3.
set -euo pipefail
flperf=$(realpath "$1") events=${2:-300000} rounds=${3:-5} base=${FLEET_PORT:-4761}
work=$(mktemp -d)
servers=nats://127.0.0.1:$base,nats://127.0.0.1:$((base + 1)),nats://127.0.0.1:$((base + 2))
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
command -v nats-server >/dev/null || PATH=$PATH:/usr/sbin

python3 - "$events" >"$work/in.json" <<'PY'
import json, random, sys
count, chance = int(sys.argv[1]), random.Random(1)
print(json.dumps({
    "date": "20260101-000000", "backend": "vllm", "model_id": "the-model", "request_rate": "inf", "max_concurrency": 8,
    "duration": count * 0.1, "start_times": [i * 0.1 for i in range(count)],
    "ttfts": [0.02 + chance.random() / 100 for _ in range(count)],
    "itls": [[0.01 + chance.random() / 1000 for _ in range(7)] for _ in range(count)],
    "input_lens": [10] * count, "output_lens": [8] * count, "errors": [""] * count}))
PY
"$flperf" import --data "$work/machine" "$work/in.json" --json >/dev/null
seconds() { # of a command
    local began=$EPOCHREALTIME
    "$@" >/dev/null
    python3 -c "print(f'{$EPOCHREALTIME - $began:.2f}')"
}
for round in $(seq "$rounds"); do
    for number in 0 1 2; do
        printf '%s\n' "server_name: n$number" "listen: 127.0.0.1:$((base + number))" \
            "jetstream { store_dir: \"$work/n$number\", max_mem: 256M, max_file: 10G }" \
            "cluster { name: fleet, listen: 127.0.0.1:$((base + 100 + number)), routes: [nats://127.0.0.1:$((base + 100)), nats://127.0.0.1:$((base + 101)), nats://127.0.0.1:$((base + 102))] }" \
            >"$work/n$number.conf"
        nats-server -c "$work/n$number.conf" >"$work/n$number.log" 2>&1 &
    done
    # A leader of all streams is chosen first; nobody ships before.
    until grep -qs 'JetStream cluster new metadata leader' "$work"/n*.log; do sleep 0.2; done
    sleep 2
    ship=$(seconds "$flperf" log ship --data "$work/machine" --to "$servers" --json 2>"$work/ship.log")
    follow=$(seconds "$flperf" log follow --data "$work/centre" --from "$servers" --once 2>"$work/follow.log")
    echo "round $round: shipped in $ship s, $(python3 -c "print(f'{$events / $ship:,.0f}')") events/s; taken in and folded in $follow s"
    echo "$ship" >>"$work/times"
    kill $(jobs -p)
    wait
    rm -rf "$work"/n? "$work/centre"
done
python3 - "$events" "$work/times" <<'PY'
import statistics, sys
times = [float(line) for line in open(sys.argv[2])]
print(f"one shipper, three replicas: {int(sys.argv[1]) / statistics.median(times):,.0f} events/s (median of {len(times)})")
PY
