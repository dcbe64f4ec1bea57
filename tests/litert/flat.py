"""Writes .tflite models of a few operators, by LiteRT's own schema."""
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as S

TYPES = dict(f32="FLOAT32", f16="FLOAT16", f64="FLOAT64", i4="INT4", i8="INT8", u8="UINT8", i16="INT16", u16="UINT16",
             i32="INT32", u32="UINT32", i64="INT64", u64="UINT64", bool="BOOL", c64="COMPLEX64", str="STRING",
             res="RESOURCE", i2="INT2")
NUMPY = dict(f32="f4", f16="f2", f64="f8", i8="i1", u8="u1", i16="i2", u16="u2", i32="i4", u32="u4", i64="i8", u64="u8",
             bool="?", c64="c8", str="O", res="i4", i4="i1", i2="i1")


def t(dtype, shape, data=None, q=None, **more):
    """A tensor; `q` = (scale or scales, zero point or points, dimension)."""
    return dict(dtype=dtype, shape=list(shape), data=data, q=q, **more)


def pack(values, bits):
    """Numbers of 4 or 2 bits, the first in the low bits of a byte."""
    flat = np.asarray(values).reshape(-1).astype(np.int64) & ((1 << bits) - 1)
    per = 8 // bits
    flat = np.concatenate([flat, np.zeros(-len(flat) % per, np.int64)]).reshape(-1, per)
    return (flat << (np.arange(per) * bits)).sum(1).astype(np.uint8)


def string_bytes(values):
    flat = [v if isinstance(v, bytes) else str(v).encode() for v in np.asarray(values, object).reshape(-1)]
    at, head = 4 * (len(flat) + 2), [len(flat)]
    for v in flat:
        head.append(at)
        at += len(v)
    return np.frombuffer(np.asarray(head + [at], "<i4").tobytes() + b"".join(flat), np.uint8)


def raw(x):
    data = x["data"]
    if isinstance(data, bytes):
        return np.frombuffer(data, np.uint8)
    if x["dtype"] in ("i4", "i2"):
        return pack(data, int(x["dtype"][1]))
    if x["dtype"] == "str":
        return string_bytes(data)
    return np.frombuffer(np.ascontiguousarray(np.asarray(data, NUMPY[x["dtype"]])).tobytes(), np.uint8)


def options(kind, **fields):
    o = getattr(S, kind + "T")()
    for name, value in fields.items():
        if not hasattr(o, name):
            raise AttributeError(f"{kind}.{name}: one of {sorted(vars(o))}")
        if isinstance(value, str) and name == "fusedActivationFunction":
            value = getattr(S.ActivationFunctionType, value)
        setattr(o, name, value)
    return o


def tensor_of(x, name, buffers):
    out = S.TensorT()
    out.shape, out.type, out.name, out.buffer = x["shape"], getattr(S.TensorType, TYPES[x["dtype"]]), name, 0
    out.isVariable = bool(x.get("variable"))
    if x.get("signature"):
        out.shapeSignature = list(x["signature"])
    if x["data"] is not None:
        buffer = S.BufferT()
        buffer.data = raw(x)
        buffers.append(buffer)
        out.buffer = len(buffers) - 1
    if x["q"] is not None:
        scales, zeros, axis = (*x["q"], 0, 0)[:3]
        q = S.QuantizationParametersT()
        q.scale = np.atleast_1d(np.asarray(scales, "f4")).tolist()
        q.zeroPoint = np.broadcast_to(np.atleast_1d(zeros), [len(q.scale)]).astype(int).tolist()
        q.quantizedDimension = axis
        out.quantization = q
    if x.get("sparsity"):
        out.sparsity = x["sparsity"]
    return out


def model(tensors, ops, inputs, outputs, more=()):
    """The bytes of a model; `ops` = [(name, inputs, outputs, options or bytes of a custom op's, version)]; a name in
    lower case is a custom op's. `more` = further subgraphs as (tensors, ops, inputs, outputs)."""
    m = S.ModelT()
    m.version, m.description, m.buffers, m.operatorCodes, m.subgraphs = 3, "", [S.BufferT()], [], []
    codes = {}
    for number, (tensors, ops, inputs, outputs) in enumerate([(tensors, ops, inputs, outputs), *more]):
        g = S.SubGraphT()
        g.name, g.inputs, g.outputs = f"g{number}", list(inputs), list(outputs)
        g.tensors = [tensor_of(x, f"t{i}", m.buffers) for i, x in enumerate(tensors)]
        g.operators = []
        for name, i, o, opt, *version in ops:
            key = (name, version[0] if version else 1)
            if key not in codes:
                c = S.OperatorCodeT()
                builtin = getattr(S.BuiltinOperator, name, None)
                c.builtinCode = S.BuiltinOperator.CUSTOM if builtin is None else builtin
                c.deprecatedBuiltinCode, c.version = min(c.builtinCode, 127), key[1]
                c.customCode = name if builtin is None else None
                codes[key] = len(m.operatorCodes)
                m.operatorCodes.append(c)
            p = S.OperatorT()
            p.opcodeIndex, p.inputs, p.outputs = codes[key], list(i), list(o)
            if isinstance(opt, bytes):
                p.customOptions = np.frombuffer(opt, np.uint8)
            elif opt is not None:
                kind = type(opt).__name__[:-1]
                if hasattr(S.BuiltinOptions, kind):
                    p.builtinOptionsType, p.builtinOptions = getattr(S.BuiltinOptions, kind), opt
                else:
                    p.builtinOptions2Type, p.builtinOptions2 = getattr(S.BuiltinOptions2, kind), opt
            g.operators.append(p)
        m.subgraphs.append(g)
    b = flatbuffers.Builder(1024)
    b.Finish(m.Pack(b), b"TFL3")
    return bytes(b.Output())
