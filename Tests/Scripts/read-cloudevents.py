"""Reads a CloudEvents export of a log with the `cloudevents` package: see read-cloudevents.sh."""

import base64
import hashlib
import re
import sys
from datetime import timezone

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
ALWAYS = {
    "specversion", "id", "source", "type", "time", "recordedtime", "sequence", "subject", "dataschema",
    "datacontenttype", "schemaversion", "streamversion", "leafhash",
}
SOMETIMES = {"textcount", "textsalts", "payloadbase64"}


def root(edge):
    """The root of the tree whose right edge has these whole nodes, from left to right: (height, hash)."""
    if not edge:
        return hashlib.sha256(b"").digest()
    hash = edge[-1][1]
    for _, left in reversed(edge[:-1]):
        hash = hashlib.sha256(b"\1" + left + hash).digest()
    return hash


def add(edge, leaf):
    """Adds a leaf to the right edge of a tree (RFC 6962)."""
    height = 0
    while edge and edge[-1][0] == height:
        leaf = hashlib.sha256(b"\1" + edge.pop()[1] + leaf).digest()
        height += 1
    edge.append((height, leaf))


def check(line, position, source):
    """One line as the library reads it, and its leaf hash."""
    event = JSONFormat().read(CloudEvent, line)
    attributes = event.get_attributes()
    names = set(attributes)
    assert ALWAYS <= names <= ALWAYS | SOMETIMES, names ^ ALWAYS
    assert event.get_specversion() == "1.0"
    assert source in (None, event.get_source()) and event.get_source().startswith("urn:uuid:")
    assert event.get_extension("sequence") == f"{position:020}"
    assert event.get_time().utcoffset() == timezone.utc.utcoffset(None)
    assert MOMENT.fullmatch(event.get_extension("recordedtime"))
    assert event.get_type().startswith("flperf.events.v1.")
    assert re.fullmatch(rf"urn:flperf:schema:{re.escape(event.get_type())}:\d+", event.get_dataschema())
    assert event.get_datacontenttype() == "application/json" and isinstance(event.get_data(), dict)
    assert isinstance(attributes["schemaversion"], int) and int(attributes["streamversion"]) >= 1
    # Written and read again by the library, nothing changes.
    again = JSONFormat().read(CloudEvent, JSONFormat().write(event))
    assert again.get_attributes() == attributes and again.get_data() == event.get_data()
    return event, bytes.fromhex(attributes["leafhash"])


def main(path, expected):
    edge, types, source, position = [], set(), None, 0
    with open(path, "rb") as lines:
        for position, line in enumerate(lines, start=1):
            event, leaf = check(line, position, source)
            source = event.get_source()
            types.add(event.get_type())
            add(edge, leaf)
    assert position > 0, "the export is empty"
    found = base64.b64encode(root(edge)).decode()
    assert found == expected, f"the leaf hashes give the root {found}, the checkpoint says {expected}"
    print(f"{position} CloudEvents of {len(types)} types read; the root over their leaf hashes is the checkpoint's.")


main(*sys.argv[1:])
