#!/usr/bin/env bash
# Takes models through their whole life on the real Foundry Local and measures the real llama.cpp.
#
#   real-servers.sh FLPERF FOUNDRY [LLAMA]
#
# FOUNDRY and LLAMA are the commands that start those servers in the foreground, with PORT where their port belongs, such as
# 'llama-server -m smollm2.gguf --port PORT'. Foundry Local needs two models of different aliases on its disk.
# Prints what each step said; ends with 1 at the first that is not as it should be.
set -euo pipefail
flperf=$(realpath "$1") foundry=$2 llama=${3:-}
work=$(mktemp -d)
export FLPERF_DATA=$work/data NO_COLOR=1
pids=()
trap 'kill "${pids[@]}" $(cat "$work"/pid 2>/dev/null) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$(dirname "$0")/../.."

fail() { echo "failed: $*" >&2; exit 1; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() {  # start COMMAND PORT: until it answers; its process is the last of pids
    bash -c "exec env ${1//PORT/$2}" >"$work/server-$2.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 1200); do
        curl -sf "http://127.0.0.1:$2/v1/models" >/dev/null && return
        kill -0 "${pids[-1]}" 2>/dev/null || fail "the server ended: $(tail -n 3 "$work/server-$2.log")"
        sleep 0.1
    done
    fail "the server at port $2 does not answer"
}

show() {  # show flperf's arguments: prints the command and what it says
    local word line='$ flperf'
    for word in "$@"; do case $word in *' '*) line+=" '$word'" ;; *) line+=" $word" ;; esac; done
    echo "$line"
    "$flperf" "$@" 2>&1
}

old=$(free_port) new=$(free_port)
start "$foundry" "$old"
export FLPERF_FOUNDRY_ENDPOINT=http://127.0.0.1:$old

show models available --endpoint "$FLPERF_FOUNDRY_ENDPOINT"
mapfile -t names < <("$flperf" models available --endpoint "$FLPERF_FOUNDRY_ENDPOINT" --json | python3 -c '
import json, sys
for model in json.load(sys.stdin)[0]["models"]: print(model["alias"], model["id"])')
[ "${#names[@]}" -ge 2 ] || fail "it has ${#names[@]} models, and two are needed"
first=${names[0]%% *} id=${names[0]##* } second=${names[1]%% *}

# The first load reads the files, the second finds them in memory.
for state in cold warm; do
    for alias in "$first" "$second"; do show models load "$alias"; done
    [ $state = warm ] || for alias in "$first" "$second"; do show models unload "$alias"; done
done
show models load "$id" | grep 'already' || fail "'$id' was loaded twice"
show models list
show models test "$second"
show run --suite quick --scenario 'Capital of France' --iterations 3 --progress none --model "$first" --model "$second" |
    grep -v '^Note:'
show models unload "$first"
show models unload "$second"

# It dies, and comes up on another port by itself.
kill "${pids[0]}"; wait "${pids[0]}" 2>/dev/null || true
show models health "$second" && fail "a server that is gone is healthy"
start "$foundry" "$new"
export FLPERF_FOUNDRY_ENDPOINT=http://127.0.0.1:$new
show models load "$second"

# It dies once more, and is started by us, on the first port again.
kill "${pids[1]}"; wait "${pids[1]}" 2>/dev/null || true
export FLPERF_FOUNDRY_ENDPOINT=http://127.0.0.1:$old
printf 'echo $$ >%q; exec env %s\n' "$work/pid" "${foundry//PORT/$old}" >"$work/start"
show models restart "$second" --command ". '$work/start'"
show models health "$second"

[ -n "$llama" ] || exit 0
port=$(free_port)
start "$llama" "$port"
show run --endpoint "http://127.0.0.1:$port" --suite quick --scenario 'A Short Story' --iterations 5 --progress none |
    grep -v '^Note:'
"$flperf" log show --type InferenceSampled --limit 100000 --json 2>/dev/null | python3 -c '
import json, statistics, sys
rows = []
for line in sys.stdin:
    sample = json.loads(line)["data"]
    times = sample.get("server")
    if not times or sample.get("warmup"): continue
    ms = lambda name, of=sample: int(of[name]) / 1e6
    rows.append((ms("prompt_ns", times), ms("first_content_ns") - ms("started_ns"),
                 ms("decode_ns", times), ms("last_content_ns") - ms("first_content_ns")))
if not rows: sys.exit("failed: llama.cpp told no times of its own")
prompt, ttft, decode, span = (statistics.median(column) for column in zip(*rows))
print(f"medians of {len(rows)} requests, its clock beside ours:")
print(f"  prompt {prompt:.1f} ms, TTFT {ttft:.1f} ms; answer {decode:.1f} ms, first to last content {span:.1f} ms")
'
