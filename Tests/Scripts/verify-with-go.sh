#!/usr/bin/env bash
# Lets Go's golang.org/x/mod/sumdb, which shares no code with flperf, check what flperf exports and proves.
#
#   verify-with-go.sh FLPERF
#
# Needs golang-go and golang-golang-x-mod-dev (Debian's packages); no network. Makes a log, exports it as tiles, has it all
# verified, adds to it, exports and verifies again, and expects a refusal after each of several changes of one byte.
set -euo pipefail
flperf=$(realpath "$1")
cd "$(dirname "$0")/verify-with-go"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "verify-with-go: $*" >&2; exit 1; }

# Debian's Go packages lie where Go looked before there were modules.
GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE="$work/cache" go build -o "$work/verify" . ||
    fail "the checker does not build: are golang-go and golang-golang-x-mod-dev installed?"

measure() {
    "$flperf" run --data "$work/data" --simulate --suite quick --iterations 1 --max-tokens 2 >/dev/null 2>"$work/errors" ||
        fail "$(cat "$work/errors")"
}
prove() {
    position=$1
    "$flperf" log export --data "$work/data" --format tlog-tiles "$work/tiles" >/dev/null 2>"$work/errors" ||
        fail "$(cat "$work/errors")"
    "$flperf" log prove --data "$work/data" "$position" --entry "$work/entry" >"$work/entry.tlog-proof"
    "$flperf" log prove --data "$work/data" --from "$position" >"$work/growth.proof"
}
verify() { "$work/verify" "$key" "$work/tiles" "$work/entry.tlog-proof" "$work/entry" "$work/growth.proof"; }

measure
key=$("$flperf" log checkpoint --data "$work/data" --public-key)
prove 5
verify

echo "The log grows; the same folder is exported again."
measure
prove 11
verify

# One bit of the byte in the middle of a file.
flip() {
    local place=$(($(stat -c %s "$1") / 2))
    local byte=$(od -An -tu1 -j "$place" -N 1 "$1")
    printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$place" conv=notrunc status=none
}
width=$("$flperf" log checkpoint --data "$work/data" | sed -n 2p)
((width < 256)) || fail "the log has $width events, and this script expects one tile of them"
for file in "tiles/tile/entries/000.p/$width" "tiles/tile/0/000.p/$width" tiles/checkpoint entry entry.tlog-proof growth.proof; do
    cp "$work/$file" "$work/kept"
    flip "$work/$file"
    if verify >/dev/null 2>"$work/errors"; then fail "one bit of $file was changed, and nobody noticed"; fi
    echo "one bit of $file changed: refused ($(sed 's/^verify-with-go: //' "$work/errors"))"
    cp "$work/kept" "$work/$file"
done
verify >/dev/null
echo "Go's sumdb agrees with flperf on $width events."
