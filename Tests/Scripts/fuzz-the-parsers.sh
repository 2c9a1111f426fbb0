#!/usr/bin/env bash
# Feeds the parsers of streams and of JSON with mutated answers of real servers, and holds them to what they promise.
#
#   fuzz-the-parsers.sh [--address-sanitizer] [COUNT] [SEED]
#
# 10,000,000 inputs when no COUNT is given, of another seed each time when no SEED is. No input crashes or hangs a parser; what
# comes out does not depend on how the bytes were cut into reads; server-sent events are those of a slow, obvious parser in the
# words of the standard (WHATWG HTML, 9.2.6); JSON is accepted, refused and read as Foundation does it. An input that breaks a
# promise is printed, shortened, with its seed and number. Exits with 0 when none did.
#
# Takes some 5 minutes of one core; with the address sanitizer, three times as long for the same count.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SWIFT_BACKTRACE=enable=no

build=(-c release --product parser-fuzzer)
if [ "${1:-}" = --address-sanitizer ]; then
    build+=(--sanitize address --scratch-path .build/address-sanitizer)
    shift
fi
case ${1:-} in
    -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) echo "Unknown option '$1'. Try --help." >&2; exit 64 ;;
esac

swift build "${build[@]}" >&2
exec "$(swift build "${build[@]}" --show-bin-path)/parser-fuzzer" "$@"
