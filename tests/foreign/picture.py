#!/usr/bin/env python3
"""Reads a PNG file with nothing but Python's own zlib (PNG, second edition), and prints what it is.

    picture.py FILE      {"width":…,"height":…,"bitDepth":…,"colorType":…,"sha256":…,"chunks":[…],"inkedRows":…,
                          "left":…,"right":…,"darkest":…,"lightest":…}

Grey pictures without interlacing only. Exit status 1 where the file breaks a rule, with the rule on standard error.
"""
import hashlib
import json
import struct
import sys
import zlib


def refuse(rule):
    sys.exit(f"picture.py: {rule}")


def chunks(file):
    if file[:8] != b"\x89PNG\r\n\x1a\n":
        refuse("no PNG signature")
    at = 8
    while at < len(file):
        if at + 12 > len(file):
            refuse("ends inside a chunk")
        length, kind = struct.unpack(">I4s", file[at : at + 8])
        data = file[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", file[at + 8 + length : at + 12 + length])
        if zlib.crc32(kind + data) != check:
            refuse("a wrong check sum")
        yield kind.decode("ascii"), data
        at += 12 + length


def unfiltered(data, rows, row_bytes, pixel_bytes):
    """PNG 9.2: each row begins with its filter."""
    above = bytes(row_bytes)
    for number in range(rows):
        start = number * (row_bytes + 1)
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + row_bytes])
        for i, byte in enumerate(row):
            a = row[i - pixel_bytes] if i >= pixel_bytes else 0
            b = above[i]
            c = above[i - pixel_bytes] if i >= pixel_bytes else 0
            if kind == 0:
                plus = 0
            elif kind == 1:
                plus = a
            elif kind == 2:
                plus = b
            elif kind == 3:
                plus = (a + b) // 2
            elif kind == 4:
                p = a + b - c
                plus = min(((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c)))[2]
            else:
                refuse("an unknown filter")
            row[i] = (byte + plus) & 0xFF
        above = bytes(row)
        yield above


def greys(row, width, depth):
    most = (1 << depth) - 1
    for x in range(width):
        bit = x * depth
        yield (row[bit // 8] >> (8 - depth - bit % 8) & most) * 255 // most


def main(path):
    with open(path, "rb") as opened:
        file = opened.read()
    found = list(chunks(file))
    names = [name for name, _ in found]
    if names[0] != "IHDR" or names[-1] != "IEND":
        refuse("does not begin with IHDR and end with IEND")
    width, height, depth, color, compression, filtering, interlace = struct.unpack(">IIBBBBB", found[0][1])
    if (color, compression, filtering, interlace) != (0, 0, 0, 0) or depth not in (1, 2, 4, 8):
        refuse("not a grey picture that this script reads")
    data = zlib.decompress(b"".join(data for name, data in found if name == "IDAT"))
    row_bytes = (width * depth + 7) // 8
    if len(data) != height * (row_bytes + 1):
        refuse("the data are not as long as the header says")
    inked, columns, darkest, lightest = 0, [], 255, 0
    for row in unfiltered(data, height, row_bytes, max(1, depth // 8)):
        pixels = list(greys(row, width, depth))
        darkest, lightest = min(darkest, *pixels), max(lightest, *pixels)
        dark = [x for x, grey in enumerate(pixels) if grey < 128]
        inked += bool(dark)
        columns += dark[:1] + dark[-1:]
    print(json.dumps({
        "width": width, "height": height, "bitDepth": depth, "colorType": color,
        "sha256": hashlib.sha256(file).hexdigest(), "chunks": names, "inkedRows": inked,
        "left": min(columns, default=None), "right": max(columns, default=None),
        "darkest": darkest, "lightest": lightest,
    }))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
