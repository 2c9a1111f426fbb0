#!/usr/bin/env bash
# Reads an audit export with the CloudEvents project's own Python library, imports it again, and compares.
#
#   read-cloudevents.sh FLPERF [DATA]
#
# Without DATA, a data folder, a short run of the simulator makes a log. Every line must be a CloudEvent to that library, with
# the attributes of an export; the root over the lines' leaf hashes (RFC 6962), worked out in Python,
# must be the checkpoint's; the log that is imported must be exported to the same bytes. Ends with what was checked; any other
# end is a failure.
set -euo pipefail
flperf=$(realpath "$1") data=${2:-}
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."

if [ -z "$data" ]; then
    data=$work/data
    "$flperf" run --data "$data" --simulate --suite quick --iterations 2 >/dev/null 2>&1
fi
python3 -m venv "$work/venv"
"$work/venv/bin/pip" --quiet --disable-pip-version-check install 'cloudevents>=2,<3'

"$flperf" log export --data "$data" "$work/export.jsonl" 2>/dev/null
root=$("$flperf" log checkpoint --data "$data" | sed -n 3p)
"$work/venv/bin/python" "$here/read-cloudevents.py" "$work/export.jsonl" "$root"

"$flperf" log import --data "$work/copy" "$work/export.jsonl" >/dev/null
"$flperf" log export --data "$work/copy" "$work/again.jsonl" 2>/dev/null
cmp "$work/export.jsonl" "$work/again.jsonl"
echo "The imported log is exported to the same $(wc -c <"$work/again.jsonl") bytes."
