"""Writes crates/floe-savedmodel/src/ops/table.txt from the registry of an installed TensorFlow.

    python xtask/scripts/ops.py > crates/floe-savedmodel/src/ops/table.txt

One op a line, in the order of the names' bytes: name, inputs, outputs, attributes, flags, separated by
tabs. An argument is NAME:TYPE, where TYPE is a dtype, an attribute that holds one, N*TYPE for as many
as the attribute N says, or *ATTR for one of each dtype in a list; & marks a reference. An attribute is
NAME:TYPE or NAME:TYPE=DEFAULT; text is percent-escaped. Flags: s stateful, c commutative.
"""
from urllib.parse import quote

import numpy as np
from tensorflow.core.framework import op_def_pb2, types_pb2
from tensorflow.python.client import pywrap_tf_session


def dtype(number):
    return types_pb2.DataType.Name(number).removeprefix("DT_").lower()


def argument(arg):
    one = arg.type_attr or (dtype(arg.type) if arg.type else "")
    if arg.type_list_attr:
        one = "*" + arg.type_list_attr
    if arg.number_attr:
        one = f"{arg.number_attr}*{one}"
    return f"{arg.name}:{'&' if arg.is_ref else ''}{one}"


def shape(s):
    return "?" if s.unknown_rank else "[" + "x".join(str(d.size) for d in s.dim) + "]"


def value(v):
    kind = v.WhichOneof("value")
    if kind == "list":
        fields = [(f.name, getattr(v.list, f.name)) for f in v.list.DESCRIPTOR.fields]
        items = next(((n, list(x)) for n, x in fields if len(x)), (None, []))
        if items[0] not in (None, *SCALARS):
            return None
        return "(" + ",".join(SCALARS[items[0]](x) for x in items[1]) + ")"
    return SCALARS[kind](getattr(v, kind)) if kind in SCALARS else None


SCALARS = {
    "s": lambda s: "'" + quote(s, safe="") + "'",
    "i": str,
    "f": lambda f: str(np.float32(f)),
    "b": lambda b: "true" if b else "false",
    "type": dtype,
    "shape": shape,
}


def attribute(a):
    text = f"{a.name}:{a.type}"
    default = value(a.default_value) if a.HasField("default_value") else None
    return text if default is None else f"{text}={default}"


def public(name):
    """Leaves out what only TensorFlow's own rewrites and tests use."""
    return ">" not in name and (name[0] != "_" or name.startswith(("_Fused", "_Arg", "_Retval")))


def main():
    ops = op_def_pb2.OpList()
    buffer = pywrap_tf_session.TF_GetAllOpList()
    ops.ParseFromString(pywrap_tf_session.TF_GetBuffer(buffer))
    for op in sorted((o for o in ops.op if public(o.name)), key=lambda o: o.name.encode()):
        columns = [
            op.name,
            " ".join(map(argument, op.input_arg)),
            " ".join(map(argument, op.output_arg)),
            " ".join(map(attribute, op.attr)),
            "s" * op.is_stateful + "c" * op.is_commutative,
        ]
        print("\t".join(columns))


main()
