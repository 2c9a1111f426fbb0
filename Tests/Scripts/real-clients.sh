#!/usr/bin/env bash
# Has the servers' own Python clients talk to the simulator, as which they must not tell it from the real thing.
#
#   real-clients.sh FLPERF
#
# openai lists, chats and streams against every kind of server; ollama downloads, loads, chats and unloads; Foundry Local's
# REST-based SDK, 0.5.1 and 0.3.1, lists, downloads, loads, chats and unloads. The clients come from PyPI once, into
# flperf-clients in the cache folder. Prints a line a step; any failure ends it with status 1.
set -euo pipefail
flperf=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/flperf-clients
work=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then
        kill -INT "$server"
        wait "$server" || true
        server=
    fi
}
trap 'stop; rm -rf "$work"' EXIT
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1

# interpreter SDK-VERSION: the Python that has the clients.
interpreter() {
    local folder=$cache/foundry-$1
    if [ ! -e "$folder/complete" ]; then
        python3 -m venv "$folder"
        "$folder/bin/pip" --quiet --disable-pip-version-check install \
            'openai>=3,<4' 'ollama>=0.6,<0.7' "foundry-local-sdk==$1" >&2
        touch "$folder/complete"
    fi
    echo "$folder/bin/python"
}

# serve OPTION...: starts a simulator on a free port and sets $url.
serve() {
    stop
    "$flperf" simulate --port 0 --json "$@" >"$work/listening" 2>"$work/errors" &
    server=$!
    for _ in $(seq 200); do
        url=$(sed -n 's/.*"url" *: *"\([^"]*\)".*/\1/p' "$work/listening" | sed 's|\\/|/|g')
        [ -z "$url" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    cat "$work/errors" >&2
    exit 1
}

newest=$(interpreter 0.5.1)
for kind in openai vllm llamacpp lmstudio ollama foundry; do
    serve --as "$kind" --model probe:1:loaded
    "$newest" "$here/real-clients.py" openai "$kind" "$url" probe:1
done
serve --as ollama --model ready:1b:load=300ms --model absent:1b:missing,download=500ms,size=10MB
"$newest" "$here/real-clients.py" ollama ollama "$url" ready:1b absent:1b
for version in 0.5.1 0.3.1; do
    serve --as foundry-legacy --model probe-instruct-generic-cpu:1:alias=probe,missing,download=1s,load=300ms \
        --model other-instruct-cuda-gpu:2:device=gpu
    "$(interpreter $version)" "$here/real-clients.py" foundry "$version" "$url" probe
done
echo "All clients found the server that they expected."
