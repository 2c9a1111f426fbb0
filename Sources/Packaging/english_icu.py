"""Cuts ICU's data, 34 MB of every language and encoding, down to what English takes, and writes it as an assembler file.

    english_icu.py SYMBOL DATA OUT.s

DATA is a package of ICU ("CmnD": https://unicode-org.github.io/icu/userguide/icu_data/): a header, the number of items, of
each the offsets of its name and its bytes from behind the header, in order of name. flperf writes English and reads UTF-8,
so that other languages' texts, the dictionaries and rules that break lines of some, tables of other encodings, the characters'
names and those that look alike are never asked for.
"""

import re
import struct
import sys

LOCALE = re.compile(r"^[a-z]{2,3}(_\w+)?$")
NEEDED = re.compile(r"^(root|en(_\w+)?)$")


def is_needed(name):
    base, kind = name.rsplit("/", 1)[-1].rsplit(".", 1)
    if kind in ("cnv", "dict") or "/translit/" in name or base in ("unames", "confusables"):
        return False
    if kind == "brk" and ("_cj" in base or "_phrase" in base):
        return False
    return kind != "res" or not LOCALE.match(base) or NEEDED.match(base) is not None


def items_of(data, header):
    (count,) = struct.unpack_from("<I", data, header)
    places = [struct.unpack_from("<II", data, header + 4 + 8 * index) for index in range(count)]
    ends = [start for _, start in places[1:]] + [len(data) - header]
    for (name, start), end in zip(places, ends):
        name = header + name
        yield data[name : data.index(0, name)], data[header + start : header + end]


def package(items, header):
    names, bodies = bytearray(), bytearray()
    table = 4 + 8 * len(items)
    first = table + sum(len(name) + 1 for name, _ in items)
    first += -first % 16
    toc = bytearray(struct.pack("<I", len(items)))
    for name, body in items:
        toc += struct.pack("<II", table + len(names), first + len(bodies))
        names += name + b"\0"
        bodies += body + bytes(-len(body) % 16)
    return header + toc + names + bytes(first - table - len(names)) + bodies


symbol, source, output = sys.argv[1:]
with open(source, "rb") as file:
    data = file.read()
size, magic, form = struct.unpack_from("<H2s8x4s", data)
if magic != b"\xda\x27" or form != b"CmnD":
    sys.exit(f"english_icu.py: {source} is no package of ICU's data")
kept = [(name, body) for name, body in items_of(data, size) if is_needed(name.decode())]
with open(output + ".dat", "wb") as file:
    file.write(package(kept, data[:size]))
with open(output, "w") as file:
    file.write(
        f'.section .rodata\n.balign 16\n.globl {symbol}\n.type {symbol}, @object\n{symbol}:\n.incbin "{output}.dat"\n'
        f".size {symbol}, . - {symbol}\n.section .note.GNU-stack\n"
    )
