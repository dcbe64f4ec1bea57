#!/usr/bin/env python3
"""Makes the seeds in seeds/ of the targets whose inputs are no files: from the fixtures, or by hand.

    python fuzz/make_checkpoint_seeds.py
"""
import os, struct

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "..", "tests", "fixtures", "checkpoint")


def put(target, name, content):
    folder = os.path.join(HERE, "seeds", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(content)


def fixture(name):
    with open(os.path.join(FIXTURES, name), "rb") as f:
        return f.read()


def field(number, content):
    return bytes([number << 3 | 2, len(content)]) + content


for name in ("sliced", "dtypes", "big_endian", "snappy"):
    index, data = fixture(name + ".index"), fixture(name + ".data-00000-of-00001")
    put("checkpoint", name, struct.pack("<I", len(index)) + index + data)

put("string_tensor", "strings", bytes([0, 3]) + bytes([2, 0, 1]) + b"\0\0\0\0" + b"abc")
put("string_tensor", "variants", bytes([1, 1]) + bytes([11]) + field(1, b"t") + field(2, b"\0\1\2") + field(3, b"\x08") + b"\0\0\0\0")
put("string_tensor", "numbers", bytes([2, 4]) + bytes([1, 15, 8, 7]))

put("ordered_code", "whole", b"\0part\0\1\1\2\x80\x7f\x83\x83")
put("ordered_code", "escaped", b"\0a\0\xff\xff\0\0\1\1\1\xc0\x64\xe0\x40\0")
put("ordered_code", "long", b"\0v\0\1\1\1\xff\xc0" + bytes(8) + b"\0\x3f\xff" + bytes(7))

put("state_file", "tensorflow", b'model_checkpoint_path: "ck-3"\nall_model_checkpoint_paths: "ck-2"\nall_model_checkpoint_paths: "ck-3"\n'
    b"all_model_checkpoint_timestamps: 1795400417.75961\nlast_preserved_timestamp: 1795400416.6745064\n")
put("state_file", "escaped", b"model_checkpoint_path: 'a\\n\\x2f\\142' \"c\" # comment\n")

child = lambda node, name: field(1, bytes([8, node]) + field(2, name))
value = field(2, field(1, b"VARIABLE_VALUE") + field(2, b"dense/kernel") + field(3, b"m/k/.ATTRIBUTES/VARIABLE_VALUE"))
slot = field(3, bytes([8, 2]) + field(2, b"m") + bytes([24, 2]))
put("object_graph", "small", field(1, child(1, b"m") + child(0, b"self")) + field(1, child(2, b"k.a/b") + slot) + field(1, value))
