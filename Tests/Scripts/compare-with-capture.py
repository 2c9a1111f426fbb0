"""Compares the samples of an export with a capture of the packets that they are about. See compare-with-capture.sh.

    compare-with-capture.py PACKETS EXPORT PORT
"""
import json
import re
import struct
import sys

LIMIT_MS = 0.2


def packets(path):
    """Time in ns, sender's port, receiver's port, sequence number, flags and payload of each TCP packet."""
    with open(path, "rb") as file:
        data = file.read()
    assert struct.unpack_from("<I", data)[0] == 0xA1B23C4D, "not a little-endian capture with nanoseconds"
    assert struct.unpack_from("<I", data, 20)[0] == 1, "not of Ethernet frames, which loopback has"
    at = 24
    while at + 16 <= len(data):
        seconds, nanoseconds, length, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16 : at + 16 + length]
        at += 16 + length
        kind = struct.unpack_from(">H", frame, 12)[0]
        if kind == 0x0800:
            header = (frame[14] & 15) * 4
            end = 14 + struct.unpack_from(">H", frame, 16)[0]
        elif kind == 0x86DD:
            header = 40
            end = 54 + struct.unpack_from(">H", frame, 18)[0]
        else:
            continue
        tcp = 14 + header
        source, target, sequence = struct.unpack_from(">HHI", frame, tcp)
        payload = frame[tcp + (frame[tcp + 12] >> 4) * 4 : end]
        yield seconds * 10**9 + nanoseconds, source, target, sequence, frame[tcp + 13], payload


class Stream:
    """The bytes of one direction of a connection, and when each came."""

    def __init__(self):
        self.bytes, self.ends, self.times, self.next = bytearray(), [], [], None

    def add(self, time, sequence, payload):
        if self.next is None:
            self.next = sequence
        new = (self.next - sequence) % 2**32
        if new >= len(payload):
            return  # sent again
        self.bytes += payload[new:]
        self.next = (sequence + len(payload)) % 2**32
        self.ends.append(len(self.bytes))
        self.times.append(time)

    def time(self, offset):
        """When the byte at that offset came."""
        low, high = 0, len(self.ends) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.ends[middle] <= offset else (low, middle)
        return self.times[low]


def connections(path, port):
    """Pairs of requests' and answers' streams."""
    open_, all_ = {}, []
    for time, source, target, sequence, flags, payload in packets(path):
        client = target if source == port else source
        if flags & 2 and target == port:
            open_[client] = (Stream(), Stream())
            all_.append(open_[client])
        if payload and client in open_:
            open_[client][source == port].add(time, sequence, payload)
    return all_


def fields(head):
    return {name.strip().lower(): value.strip() for name, _, value in (l.partition(":") for l in head.split("\r\n")[1:])}


def requests(stream):
    """Id, method and time of the last byte of each request."""
    at = 0
    while (end := stream.bytes.find(b"\r\n\r\n", at)) >= 0:
        head = stream.bytes[at:end].decode("latin-1")
        last = end + 4 + int(fields(head).get("content-length", 0))
        yield fields(head).get("x-request-id"), head.split(" ")[0], stream.time(min(last, len(stream.bytes)) - 1)
        at = last


def answers(stream):
    """Of each answer its body without transfer coding, and where each of its bytes lies in the stream."""
    at = 0
    while (end := stream.bytes.find(b"\r\n\r\n", at)) >= 0:
        named, at = fields(stream.bytes[at:end].decode("latin-1")), end + 4
        body, places = bytearray(), []
        if "chunked" in named.get("transfer-encoding", ""):
            while (line := stream.bytes.find(b"\r\n", at)) >= 0:
                size = int(stream.bytes[at:line].split(b";")[0], 16)
                body += stream.bytes[line + 2 : line + 2 + size]
                places += range(line + 2, line + 2 + size)
                at = line + 4 + size
                if size == 0:
                    break
        else:
            size = int(named.get("content-length", len(stream.bytes) - at))
            body, places = stream.bytes[at : at + size], range(at, at + size)
            at += size
        yield body, places


def content_times(body, places, stream):
    """When each event with non-empty content was complete."""
    at = 0
    for blank in re.finditer(rb"\r?\n\r?\n", body):
        lines = body[at : blank.start()].splitlines()
        data = b"\n".join(line[5:] for line in lines if line.startswith(b"data:")).strip()
        at = blank.end()
        if not data.startswith(b"{"):
            continue
        for choice in json.loads(data).get("choices", [])[:1]:
            delta = choice.get("delta") or {}
            texts = [delta.get(name) for name in ("content", "reasoning_content", "reasoning")] + [choice.get("text")]
            if any(texts):
                yield stream.time(places[at - 1])


def main(capture, export, port):
    truth = {}
    for asked, answered in connections(capture, int(port)):
        for (name, method, sent), (body, places) in zip(requests(asked), answers(answered)):
            times = list(content_times(body, places, answered))
            if method == "POST" and name and times:
                truth[name] = (sent, times[0], times[-1], len(times))
    with open(export) as file:
        events = [json.loads(line) for line in file]
    anchors = {e["data"]["run_id"]: int(e["data"]["anchor_unix_ns"]) for e in events if e["type"].endswith(".RunStarted")}
    samples = [e for e in events if e["type"].endswith(".InferenceSampled") and "first_content_ns" in e["data"]]
    ttft, last, sent = [], [], []
    for event in samples:
        data, anchor = event["data"], anchors[event["data"]["run_id"]]
        real = truth.get(event["id"])
        assert real, f"request {event['id']} is not in the capture"
        assert real[3] == int(data["content_chunks"]), f"{real[3]} events were captured, {data['content_chunks']} recorded"
        ttft.append((int(data["first_content_ns"]) - int(data["sent_ns"]) - (real[1] - real[0])) / 1e6)
        last.append((int(data["last_content_ns"]) + anchor - real[2]) / 1e6)
        sent.append((int(data["sent_ns"]) + anchor - real[0]) / 1e6)
    kernel = sum(e["data"].get("clock") == "STAMP_CLOCK_KERNEL" for e in samples)
    assert samples, "no request gave content"

    def told(name, errors):
        sizes = sorted(map(abs, errors))
        print(f"{name}: mean {sum(sizes) / len(sizes):.4f} ms, most {sizes[-1]:.4f} ms from the packets")
        return sizes[-1]

    print(f"{len(samples)} requests, {kernel} by the kernel's clock")
    told("request sent", sent)
    most = max(told("TTFT", ttft), told("last content", last))
    if most > LIMIT_MS:
        sys.exit(f"More than {LIMIT_MS} ms.")


main(*sys.argv[1:])
