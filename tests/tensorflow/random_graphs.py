#!/usr/bin/env python3
"""Draws TensorFlow graphs at random, converts them with `floe` and compares the numbers.

    random_graphs.py --floe target/release/floe [--seeds 0:300] [--kind ops,images,keras,...] [--keep DIR] [--no-run]

A seed names a graph: its kind, its ops, their attributes, dtypes, layouts and shapes, and which dimensions are left
open. Each is written as a GraphDef or as a SavedModel, converted by `floe convert`, and run by LiteRT and by `floe run`
on the .tflite; both must give TensorFlow's numbers within 1e-4 of the largest. Ops that jump (rounding, comparisons,
choices) read only tensors that were not computed in floating point, so that no rounding decides a result.
What fails is left in DIR/SEED for `floe` to be called on. The last line is 'N passed, M failed'.
"""
import argparse, collections, json, os, random, shutil, subprocess, sys, tempfile, traceback, zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np
import tensorflow as tf
import keras

TOLERANCE = 1e-4


class Drawing:
    """A graph that is being drawn: what TensorFlow has made so far, and dice."""

    def __init__(self, seed, layouts=False, nchw=False):
        self.dice = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.layouts = layouts    # whether only ops that TensorFlow has in both layouts are drawn
        self.nchw = nchw          # whether they are given NCHW, which TensorFlow runs on no CPU
        self.made = []            # [tensor, whether it is free of rounding]
        self.log = []

    def weights(self, *shape, scale=None):
        fan = int(np.prod(shape[:-1])) if len(shape) > 1 else 4
        return (self.numbers.normal(size=shape) * (scale or fan ** -0.5)).astype("f")

    def pick(self, wanted):
        """A tensor that `wanted` takes, the newer the likelier."""
        all = [m for m in self.made if wanted(*m)]
        if not all:
            return None
        return all[max(self.dice.randrange(len(all)), self.dice.randrange(len(all)))]

    def put(self, name, tensor, exact=False):
        self.log.append(f"{name} {tensor.dtype.name} {tensor.shape}")
        self.made.append((tensor, exact))


def known(t, *axes):
    return all(t.shape[a] is not None for a in axes)


def floats(rank=None, least=0):
    return lambda t, _: t.dtype == tf.float32 and len(t.shape) >= least and rank in (None, len(t.shape))


def size(t):
    return int(np.prod([d or 3 for d in t.shape]))


# ---- what can be drawn. Each takes the drawing and gives a tensor (or several), or None where nothing fits.

def unary(d):
    x, _ = d.pick(floats()) or (None, 0)
    if x is None:
        return None
    f = {
        "relu": tf.nn.relu, "relu6": tf.nn.relu6, "sigmoid": tf.sigmoid, "tanh": tf.tanh, "elu": tf.nn.elu,
        "selu": tf.nn.selu, "softplus": tf.nn.softplus, "softsign": tf.nn.softsign, "gelu": tf.nn.gelu,
        "gelu_tanh": lambda v: tf.nn.gelu(v, approximate=True), "swish": tf.nn.silu, "leaky": lambda v: tf.nn.leaky_relu(v, 0.1),
        "hard_swish": lambda v: v * tf.nn.relu6(v + 3.0) / 6.0, "hard_sigmoid": lambda v: tf.nn.relu6(v + 3.0) * (1 / 6),
        "abs": tf.abs, "neg": tf.negative, "square": tf.square, "sqrt": lambda v: tf.sqrt(tf.abs(v) + 0.1),
        "rsqrt": lambda v: tf.math.rsqrt(tf.abs(v) + 0.5), "exp": lambda v: tf.exp(tf.tanh(v)), "log": lambda v: tf.math.log(tf.abs(v) + 0.5),
        "log1p": lambda v: tf.math.log1p(tf.abs(v)), "expm1": lambda v: tf.math.expm1(tf.tanh(v)), "sin": tf.sin, "cos": tf.cos,
        "erf": tf.math.erf, "erfc": tf.math.erfc, "mish": lambda v: v * tf.tanh(tf.nn.softplus(v)), "reciprocal": lambda v: tf.math.reciprocal(tf.abs(v) + 1.0),
        "relu_n1": lambda v: tf.clip_by_value(v, -1.0, 1.0), "clip": lambda v: tf.clip_by_value(v, -0.7, 0.9), "relu1": lambda v: tf.clip_by_value(v, 0.0, 1.0),
        "prelu": lambda v: tf.maximum(v, 0.0) + 0.3 * tf.minimum(v, 0.0), "tan": lambda v: tf.tan(tf.tanh(v)), "pow": lambda v: tf.pow(tf.abs(v) + 0.1, 1.7),
        "cube": lambda v: tf.pow(v, 3.0) * 0.1, "atan2": lambda v: tf.atan2(v, tf.abs(v) + 1.0), "lgamma": lambda v: tf.math.lgamma(tf.abs(v) + 0.7),
        "digamma": lambda v: tf.math.digamma(tf.abs(v) + 0.8), "sinh": lambda v: tf.sinh(tf.tanh(v)), "cosh": lambda v: tf.cosh(tf.tanh(v)),
        "asin": lambda v: tf.asin(tf.tanh(v) * 0.9), "acos": lambda v: tf.acos(tf.tanh(v) * 0.9), "atan": tf.atan, "asinh": tf.asinh,
        "acosh": lambda v: tf.acosh(tf.abs(v) + 1.2), "atanh": lambda v: tf.atanh(tf.tanh(v) * 0.8), "identity": tf.identity,
        "log_sigmoid": tf.math.log_sigmoid, "xlogy": lambda v: tf.math.xlogy(v, tf.abs(v) + 0.5), "softclip": lambda v: tf.minimum(tf.nn.relu(v), 6.0),
    }
    name = d.dice.choice(sorted(f))
    d.put(name, f[name](x))


def binary(d):
    x, _ = d.pick(floats()) or (None, 0)
    if x is None:
        return None
    shape = x.shape.as_list()
    form = d.dice.choice(["same", "channel", "scalar", "keep", "row", "left"])
    if form == "same":
        all = [m for m in d.made if floats()(*m) and m[0].shape.as_list() == shape]
        y = d.dice.choice(all)[0]
    elif form == "channel" and shape and shape[-1]:
        y = tf.constant(d.weights(shape[-1], scale=1.0))
    elif form == "keep" and shape:
        y = tf.reduce_mean(x, d.dice.randrange(len(shape)), keepdims=True)
    elif form == "row" and len(shape) > 1 and shape[-1] and shape[-2]:
        y = tf.constant(d.weights(1, shape[-2], d.dice.choice([1, shape[-1]]), scale=1.0)) if len(shape) > 2 else tf.constant(d.weights(1, shape[-1], scale=1.0))
    else:
        y = tf.constant(np.float32(d.dice.uniform(0.3, 1.7)))
    f = {
        "add": tf.add, "sub": tf.subtract, "mul": tf.multiply, "div": lambda a, b: a / (tf.abs(b) + 0.7), "max": tf.maximum, "min": tf.minimum,
        "squared_difference": tf.math.squared_difference, "div_no_nan": lambda a, b: tf.math.divide_no_nan(a, tf.abs(b) + 0.6),
        "pow": lambda a, b: tf.pow(tf.abs(a) + 0.2, tf.tanh(b)), "floormod": None,
    }
    name = d.dice.choice(sorted(k for k in f if f[k]))
    a, b = (y, x) if form == "left" or d.dice.random() < 0.25 else (x, y)
    d.put(f"{name}/{form}", f[name](a, b))


def reduce(d):
    x, _ = d.pick(floats(least=2)) or (None, 0)
    if x is None:
        return None
    rank = len(x.shape)
    axes = sorted(d.dice.sample(range(rank), d.dice.randint(1, rank - 1)))
    if d.dice.random() < 0.5:
        axes = [a - rank for a in axes]
    f = {"mean": tf.reduce_mean, "sum": lambda *a, **k: tf.reduce_sum(*a, **k) * 0.3, "max": tf.reduce_max, "min": tf.reduce_min,
         "prod": lambda v, a, keepdims: tf.reduce_prod(tf.tanh(v) + 1.1, a, keepdims=keepdims), "logsumexp": tf.reduce_logsumexp, "norm": lambda v, a, keepdims: tf.norm(v, axis=a[0], keepdims=keepdims),
         "var": tf.math.reduce_variance, "std": lambda v, a, keepdims: tf.math.reduce_std(v + 0.01, a, keepdims=keepdims)}
    name = d.dice.choice(sorted(f))
    if name in ("var", "std") and not known(x, *axes):
        name = "mean"
    d.put(f"reduce_{name}{axes}", f[name](x, axes, keepdims=d.dice.random() < 0.5))


def reshape(d):
    m = d.pick(lambda t, _: len(t.shape) >= 2 and all(v is not None for v in t.shape[1:]))
    if not m:
        return None
    x, exact = m
    dims = x.shape.as_list()[1:]
    how = d.dice.choice(["flat", "join", "split", "expand", "squeeze", "computed", "batchless", "newaxis"])
    if how == "flat":
        y = tf.reshape(x, [-1, int(np.prod(dims))])
    elif how == "join" and len(dims) > 1:
        y = tf.reshape(x, [-1, dims[0] * dims[1], *dims[2:]])
    elif how == "split" and dims[-1] % 2 == 0:
        y = tf.reshape(x, [-1, *dims[:-1], 2, dims[-1] // 2])
    elif how == "computed":
        s = tf.shape(x)
        y = tf.reshape(x, tf.stack([s[0], s[1] * s[2], *dims[2:]])) if len(dims) > 1 else tf.reshape(x, tf.concat([s[:1], [1], s[1:]], 0))
    elif how == "batchless" and dims[-1] > 1:
        y = tf.reshape(tf.reshape(x, [-1, dims[-1]]), tf.concat([tf.shape(x)[:-1], [dims[-1]]], 0))
    elif how == "squeeze" and 1 in dims:
        y = tf.squeeze(x, [dims.index(1) + 1])
    elif how == "newaxis":
        y = x[:, None] if d.dice.random() < 0.5 else x[..., None]
    else:
        y = tf.expand_dims(x, d.dice.randint(1, len(dims)))
    if len(y.shape) <= 5:
        d.put(how, y, exact)


def transpose(d):
    m = d.pick(lambda t, _: 2 <= len(t.shape) <= 5)
    if not m:
        return None
    perm = list(range(len(m[0].shape)))
    d.dice.shuffle(perm)
    if d.dice.random() < 0.7:
        perm = [0] + [p for p in perm if p]
    d.put(f"transpose{perm}", tf.transpose(m[0], perm), m[1])


def slices(d):
    m = d.pick(lambda t, _: 2 <= len(t.shape) <= 5)
    if not m:
        return None
    x, exact = m
    at = []
    for n in x.shape:
        form = d.dice.randrange(7)
        if n is None:
            at.append(d.dice.choice([slice(None), slice(0, None), slice(None, None, -1)]))
        elif form == 0 and n > 2:
            at.append(slice(1, -1))
        elif form == 1 and n > 1:
            at.append(slice(None, None, 2))
        elif form == 2:
            at.append(slice(None, None, -1))
        elif form == 3 and n > 1 and len(x.shape) > 2:
            at.append(d.dice.randrange(-n, n))
        elif form == 4 and n > 3:
            at.append(slice(-3, None))
        else:
            at.append(slice(None))
    if d.dice.random() < 0.2:
        at.insert(d.dice.randint(1, len(at)), None)
    if d.dice.random() < 0.2:
        at = [Ellipsis, at[-1]]
    y = x[tuple(at)]
    if 1 <= len(y.shape) <= 5:
        d.put("slice", y, exact)


def moves(d):
    m = d.pick(lambda t, _: 2 <= len(t.shape) <= 4 and t.dtype in (tf.float32, tf.int32) and known(t, -1) and t.shape[-1] > 1)
    if not m:
        return None
    x, exact = m
    rank, n = len(x.shape), x.shape[-1]
    how = d.dice.choice(["tile", "pad", "padv2", "mirror", "symmetric", "gather", "gather_nd", "reverse", "roll", "stack", "unstack", "split", "splitv", "concat", "one_hot_gather", "slice_op", "topk", "space_batch", "take_batch", "repeat", "reverse_sequence", "matrix_diag", "band", "cumsum", "cumprod", "sort", "scatter", "broadcast", "dynamic_gather", "bool_where"])
    pads = [[0, 0]] * (rank - 1) + [[d.dice.randint(0, 1), d.dice.randint(0, 1)]]
    if rank > 2 and d.dice.random() < 0.5:
        pads[1] = [1, 2] if how not in ("mirror", "symmetric") or (x.shape[1] or 0) > 2 else [0, 0]
    ids = d.numbers.integers(0, n, d.dice.randint(1, 4)).astype("int32")
    if how == "tile":
        y = tf.tile(x, [1] * (rank - 1) + [2])
    elif how == "pad":
        y = tf.pad(x, pads)
    elif how == "padv2":
        y = tf.pad(x, pads, constant_values=2)
    elif how in ("mirror", "symmetric"):
        y = tf.pad(x, pads, "REFLECT" if how == "mirror" else "SYMMETRIC")
    elif how == "gather":
        y = tf.gather(x, ids, axis=-1)
    elif how == "gather_nd" and known(x, 1):
        y = tf.gather_nd(tf.transpose(x, [*range(1, rank), 0]), d.numbers.integers(0, x.shape[1], (3, 1)).astype("int32"))
    elif how == "reverse":
        y = tf.reverse(x, [d.dice.choice([-1, rank - 1, 1])])
    elif how == "roll":
        y = tf.roll(x, d.dice.randint(-2, 2), -1)
    elif how == "stack" and rank < 4:
        y = tf.stack([x, x], d.dice.choice([1, -1, 0]))
    elif how == "unstack" and n <= 6:
        parts = tf.unstack(x, axis=-1)
        y = parts[0] - parts[-1]
    elif how == "split" and n % 2 == 0:
        a, b = tf.split(x, 2, -1)
        y = tf.concat([b, a], -1)
    elif how == "splitv" and n > 2:
        a, b, c = tf.split(x, [1, n - 2, 1], -1)
        y = tf.concat([c, b], -1)
    elif how == "concat":
        y = tf.concat([x, x[..., :1], x], -1)
    elif how == "one_hot_gather" and x.dtype == tf.int32 and exact:
        y = tf.one_hot(tf.abs(x) % 5, 5, on_value=0.7, off_value=-0.2, axis=d.dice.choice([-1, 1]))
        return d.put(how, y) if rank < 4 else None
    elif how == "slice_op":
        y = tf.slice(x, [0] * (rank - 1) + [1], [-1] * (rank - 1) + [n - 1])
    elif how == "topk" and exact and x.dtype == tf.float32:
        v, i = tf.math.top_k(x, d.dice.randint(1, n))
        d.put("topk_i", i, True)
        y = v
    elif how == "space_batch" and rank == 4 and x.shape[1] and x.shape[2] and x.shape[1] % 2 == 0 and x.shape[2] % 2 == 0:
        y = tf.batch_to_space(tf.nn.relu(tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]])), [2, 2], [[0, 0], [0, 0]])
    elif how == "take_batch":
        y = tf.gather(x, [0])
    elif how == "repeat":
        y = tf.repeat(x, 2, -1)
    elif how == "reverse_sequence" and x.shape[0] and known(x, 1):
        y = tf.reverse_sequence(x, [min(2, x.shape[1])] * x.shape[0], seq_axis=1, batch_axis=0)
    elif how == "matrix_diag" and rank < 4:
        y = tf.linalg.diag(x)
    elif how == "band" and known(x, -2):
        y = tf.linalg.band_part(x, d.dice.choice([-1, 0, 1]), d.dice.choice([-1, 0, 1]))
    elif how == "cumsum":
        y = tf.cumsum(x, d.dice.choice([-1, rank - 1]), exclusive=d.dice.random() < 0.5, reverse=d.dice.random() < 0.5)
        exact = exact and x.dtype == tf.int32
    elif how == "cumprod" and x.dtype == tf.float32:
        y = tf.math.cumprod(tf.tanh(x), -1, exclusive=d.dice.random() < 0.5, reverse=d.dice.random() < 0.5)
        exact = False
    elif how == "sort" and exact:
        y = tf.sort(x, -1, direction=d.dice.choice(["ASCENDING", "DESCENDING"]))
    elif how == "scatter" and all(x.shape):
        at = d.numbers.permutation(x.shape[0])[:2, None].astype("int32")
        rows = tf.ones([len(at), *x.shape[1:]], x.dtype)
        y = d.dice.choice([tf.tensor_scatter_nd_add, tf.tensor_scatter_nd_update, tf.tensor_scatter_nd_sub, tf.tensor_scatter_nd_max])(x, at, rows)
    elif how == "broadcast" and rank < 4:
        y = tf.broadcast_to(tf.expand_dims(x, 1), tf.concat([tf.shape(x)[:1], [2], tf.shape(x)[1:]], 0))
    elif how == "dynamic_gather" and exact and x.dtype == tf.int32:
        y = tf.gather(tf.constant(d.weights(7, 3)), tf.abs(x) % 7)
        return d.put(how, y) if rank < 4 else None
    elif how == "bool_where" and exact:
        y = tf.where(x > d.dice.choice([0, 1]), x, -x)
    else:
        return None
    d.put(how, y, exact)


def integers(d):
    m = d.pick(lambda t, e: e and len(t.shape) <= 4)
    if not m:
        return None
    x, _ = m
    if x.dtype == tf.float32:
        f = {"floor": tf.floor, "ceil": tf.math.ceil, "round": tf.round, "sign": tf.sign, "cast32": lambda v: tf.cast(v * 3, tf.int32), "greater": lambda v: tf.cast(v > 0.1, tf.int32),
             "argmax": lambda v: tf.argmax(v, d.dice.choice([-1, 0]), d.dice.choice([tf.int32, tf.int64])), "argmin": lambda v: tf.argmin(v, -1, tf.int32), "is_finite": lambda v: tf.cast(tf.math.is_finite(v), tf.float32),
             "rint": tf.math.rint, "floordiv": lambda v: v // 0.3, "floormod": lambda v: tf.math.floormod(v, 0.7), "any": lambda v: tf.cast(tf.reduce_any(v > 1, -1), tf.int32), "all": lambda v: tf.cast(tf.reduce_all(v > -1, 0, keepdims=True), tf.int32),
             "bucketize": lambda v: tf.raw_ops.Bucketize(input=v, boundaries=[-1.0, 0.0, 0.5]), "cast8": lambda v: tf.cast(tf.cast(v * 3, tf.int8), tf.int32), "clip_int": lambda v: tf.clip_by_value(tf.cast(v * 9, tf.int32), -4, 5)}
    elif x.dtype == tf.int32:
        f = {"add": lambda v: v + 3, "mul": lambda v: v * 2, "sub": lambda v: 5 - v, "floordiv": lambda v: v // 4, "floormod": lambda v: v % 3, "max": lambda v: tf.maximum(v, 1), "min": lambda v: tf.minimum(v, 4),
             "neg": tf.negative, "abs": tf.abs, "square": tf.square, "xor": lambda v: tf.bitwise.bitwise_xor(v, 5), "inv": tf.bitwise.invert, "rshift": lambda v: tf.bitwise.right_shift(v, 1), "lshift": lambda v: tf.bitwise.left_shift(v, 2),
             "and": lambda v: tf.bitwise.bitwise_and(v, 6), "or": lambda v: tf.bitwise.bitwise_or(v, 9), "sum": lambda v: tf.reduce_sum(v, -1, keepdims=True), "maxr": lambda v: tf.reduce_max(v, -1, keepdims=True), "prod": lambda v: tf.reduce_prod(v % 3 + 1, -1, keepdims=True),
             "cast": lambda v: tf.cast(v, tf.float32), "cast64": lambda v: tf.cast(tf.cast(v, tf.int64) + 1, tf.int32), "truncmod": lambda v: tf.truncatemod(v, 3), "truncdiv": lambda v: tf.truncatediv(v, 3), "equal": lambda v: tf.cast(tf.equal(v, 1) | tf.less(v, 0), tf.int32),
             "logic": lambda v: tf.cast(tf.logical_not(v > 1) & tf.not_equal(v, 0) ^ (v <= 2), tf.int32), "sign": tf.sign, "pow": lambda v: tf.pow(v % 4, 2), "sqdiff": lambda v: tf.math.squared_difference(v, 2), "mean": lambda v: tf.reduce_mean(tf.abs(v), -1), "ones": tf.ones_like, "zeros": tf.zeros_like,
             "select": lambda v: tf.where(v > 0, v, tf.zeros_like(v)), "addn": lambda v: tf.add_n([v, v, v])}
    elif x.dtype == tf.int64:
        f = {"cast": lambda v: tf.cast(v, tf.int32), "add": lambda v: v + 1, "floormod": lambda v: v % 2}
    else:
        return None
    name = d.dice.choice(sorted(f))
    y = f[name](x)
    if y.dtype == tf.int32 and name in ("mul", "square", "lshift", "pow", "sqdiff", "prod"):
        y = y % 1000
    if len(y.shape) >= 1:
        d.put(f"int_{name}", y, name not in ("floormod", "floordiv") or x.dtype != tf.float32)


def product(d):
    m = d.pick(lambda t, _: t.dtype == tf.float32 and 2 <= len(t.shape) <= 4 and known(t, -1) and t.shape[-1] <= 512)
    if not m:
        return None
    x, rank, n = m[0], len(m[0].shape), m[0].shape[-1]
    out = d.dice.randint(1, 6)
    how = d.dice.choice(["matmul", "dense", "dense_relu", "transposed", "batched", "einsum", "tensordot", "self", "softmax", "log_softmax", "layer_norm", "l2", "batch_norm", "dense_bn", "attention", "bias"])
    if how in ("matmul", "dense", "dense_relu", "transposed", "dense_bn"):
        w = d.weights(out, n).T if how != "transposed" else d.weights(out, n)
        y = tf.matmul(x, w, transpose_b=how == "transposed") if rank == 2 or how != "dense" else tf.tensordot(x, np.ascontiguousarray(w), [[rank - 1], [0]])
        if how.startswith("dense"):
            y = y + d.weights(out)
        if how == "dense_relu":
            y = d.dice.choice([tf.nn.relu, tf.nn.relu6, tf.tanh, tf.nn.elu])(y)
        if how == "dense_bn":
            y = y * d.weights(out, scale=1.0) + d.weights(out)
    elif how == "batched" and rank == 3 and known(x, 1):
        y = tf.matmul(tf.constant(d.weights(1, 3, x.shape[1])), x)
    elif how == "einsum":
        w = d.weights(n, 2, 3)
        y = {2: lambda: tf.einsum("ab,bcd->acd", x, w), 3: lambda: tf.einsum("abc,cde->aebd" if d.dice.random() < .5 else "abc,cde->abde", x, w), 4: lambda: tf.einsum("abcd,def->abce", x, w)}[rank]()
    elif how == "tensordot":
        y = tf.tensordot(x, tf.constant(d.weights(n, out)), 1)
    elif how == "self" and rank >= 3:
        y = tf.matmul(x, x, transpose_a=d.dice.random() < 0.5) if x.shape[-2] == n else tf.matmul(x, x, transpose_b=True)
        y = tf.tanh(y * 0.3)
    elif how in ("softmax", "log_softmax"):
        axis = d.dice.choice([-1, -1, 1])
        f = tf.nn.softmax if how == "softmax" else tf.nn.log_softmax
        y = f(x, axis)
    elif how == "layer_norm":
        mean, var = tf.nn.moments(x, -1, keepdims=True)
        y = (x - mean) * tf.math.rsqrt(var + 1e-2) * d.weights(n, scale=1.0) + d.weights(n)
    elif how == "l2":
        y = tf.math.l2_normalize(x, -1, epsilon=1e-3)
    elif how == "batch_norm":
        y = tf.nn.batch_normalization(x, d.weights(n), np.abs(d.weights(n)) + 0.4, d.weights(n), d.weights(n, scale=1.0), 1e-3)
    elif how == "attention" and rank == 3:
        q, k, v = (tf.einsum("bsd,dhe->bshe", x, d.weights(n, 2, 3)) for _ in range(3))
        a = tf.nn.softmax(tf.einsum("bqhe,bkhe->bhqk", q, k) * 0.5)
        y = tf.einsum("bhqk,bkhe->bqhe", a, v)
    elif how == "bias":
        y = tf.nn.bias_add(x, d.weights(n))
    else:
        return None
    d.put(how, y)


def picture(d):
    m = d.pick(lambda t, _: t.dtype == tf.float32 and len(t.shape) == 4 and known(t, 3) and 1 <= t.shape[3] <= 64 and all(n is None or n >= 2 for n in t.shape[1:3]))
    if not m:
        return None
    x, c = m[0], m[0].shape[3]
    small = min(n or 8 for n in x.shape[1:3])
    k, k2, s, pad = d.dice.randint(1, min(3, small)), d.dice.randint(1, min(3, small)), d.dice.randint(1, 2), d.dice.choice(["SAME", "VALID"])
    rate = d.dice.choice([1, 1, 1, 2]) if small >= 6 else 1
    if rate > 1:
        s = 1
    how = d.dice.choice(["conv", "conv", "conv_explicit", "depthwise", "depthwise_mult", "transpose", "group", "max_pool", "avg_pool", "resize", "nearest", "depth_space", "pad_conv", "space_conv", "fused_bn", "separable", "lrn", "dilation_bs", "global"])
    if (s - 1) and how in ("depthwise", "depthwise_mult", "separable"):
        k2 = k
    act = d.dice.choice([None, None, tf.nn.relu, tf.nn.relu6, tf.tanh])

    def laid(f, x, strides=None, ksize=None, **kw):
        """f in the layout that was asked for."""
        four = lambda a, b: [1, 1, a, b] if d.nchw else [1, a, b, 1]
        kw.update({n: four(*v) for n, v in (("strides", strides), ("ksize", ksize)) if v})
        if not d.nchw:
            return f(x, data_format="NHWC", **kw)
        return tf.transpose(f(tf.transpose(x, [0, 3, 1, 2]), data_format="NCHW", **kw), [0, 2, 3, 1])

    out = d.dice.randint(1, 8)
    if how == "conv":
        four = [1, 1, rate, rate] if d.nchw else [1, rate, rate, 1]
        y = laid(lambda t, **a: tf.raw_ops.Conv2D(input=t, filter=d.weights(k, k2, c, out), padding=pad, dilations=four, **a), x, (s, s))
    elif how == "conv_explicit":
        p = [[0, 0], [1, 0], [2, 1], [0, 0]]
        p = [p[0], p[3], p[1], p[2]] if d.nchw else p
        y = laid(lambda t, **a: tf.nn.conv2d(t, d.weights(k, k2, c, out), padding=p, **a), x, (s, s))
    elif how in ("depthwise", "depthwise_mult"):
        y = laid(lambda t, **a: tf.nn.depthwise_conv2d(t, d.weights(k, k2, c, 2 if how[-1] == "t" else 1), padding=pad, dilations=None if d.layouts else [rate, rate], **a), x, (s, s))
    elif how == "separable":
        y = laid(lambda t, **a: tf.nn.depthwise_conv2d(t, d.weights(k, k2, c, 1), padding=pad, **a), x, (s, s))
        y = laid(lambda t, **a: tf.nn.conv2d(t, d.weights(1, 1, c, out), padding="SAME", **a), tf.nn.relu(y + d.weights(c)), (1, 1))
    elif how == "transpose" and all(x.shape[1:]) and not d.layouts:
        h, w = (n * s if pad == "SAME" else (n - 1) * s + q for n, q in zip(x.shape[1:3], (k, k2)))
        y = tf.nn.conv2d_transpose(x, d.weights(k, k2, out, c), tf.stack([tf.shape(x)[0], h, w, out]), s, pad)
        y = tf.ensure_shape(y, [x.shape[0], h, w, out])
    elif how == "group" and c % 2 == 0 and not d.layouts:
        y = tf.nn.conv2d(x, d.weights(k, k2, c // 2, 2 * out), s, pad)
    elif how in ("max_pool", "avg_pool"):
        y = laid(lambda t, **a: (tf.nn.max_pool2d if how[0] == "m" else tf.nn.avg_pool2d)(t, padding=pad, **a), x, (s, s), (k, k2))
    elif how == "resize" or how == "nearest":
        f = tf.raw_ops.ResizeBilinear if how == "resize" else tf.raw_ops.ResizeNearestNeighbor
        mode = d.dice.choice([dict(align_corners=True), dict(half_pixel_centers=True), {}])
        f2 = (lambda v: f(images=v, size=tf.shape(v)[1:3] * 2, **mode)) if d.dice.random() < 0.5 else (lambda v: f(images=v, size=[5, 7], **mode))
        y = f2(x)
    elif how == "depth_space" and c % 4 == 0:
        y = laid(lambda t, **a: tf.nn.depth_to_space(t, 2, **a), x)
    elif how == "space_conv" and all(n and n % 2 == 0 for n in x.shape[1:3]):
        y = laid(lambda t, **a: tf.nn.space_to_depth(t, 2, **a), x)
    elif how == "pad_conv":
        p = [[0, 0], [1, 1], [1, 1], [0, 0]] if d.dice.random() < 0.5 else [[0, 0], [0, 1], [0, 1], [0, 0]]
        y = tf.nn.conv2d(tf.pad(x, p), d.weights(min(k + 1, 3), min(k + 1, 3), c, out), s, "VALID")
    elif how == "fused_bn":
        scale, offset, mean, var = d.weights(c, scale=1.0), d.weights(c), d.weights(c), np.abs(d.weights(c)) + 0.4
        y = laid(lambda t, **a: tf.raw_ops.FusedBatchNormV3(x=t, scale=scale, offset=offset, mean=mean, variance=var, is_training=False, epsilon=1e-3, **a).y, x)
    elif how == "lrn":
        y = tf.nn.local_response_normalization(x, 2, 1.0, 0.3, 0.6)
    elif how == "dilation_bs" and all(n and n % 2 == 0 and n >= 4 for n in x.shape[1:3]):
        b = tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]])
        y = tf.batch_to_space(tf.nn.conv2d(b, d.weights(2, 2, c, out), 1, "SAME"), [2, 2], [[0, 0], [0, 0]])
    elif how == "global":
        y = tf.reduce_mean(x, [1, 2], keepdims=d.dice.random() < 0.5)
    else:
        return None
    if "conv" in how or how.startswith(("depthwise", "separable", "transpose", "group")):
        n = y.shape[3]
        if d.dice.random() < 0.6:
            y = y + d.weights(n)
        if d.dice.random() < 0.4:
            y = (y - d.weights(n)) * d.weights(n, scale=1.0) + d.weights(n)
    d.put(how, act(y) if act else y)


def volume(d):
    m = d.pick(lambda t, _: t.dtype == tf.float32 and len(t.shape) == 5 and known(t, 4) and all(n and n >= 2 for n in t.shape[1:4]))
    if not m:
        return None
    x, c = m[0], m[0].shape[4]
    pad, k = d.dice.choice(["SAME", "VALID"]), d.dice.randint(1, 2)
    how = d.dice.choice(["conv3d", "max_pool3d", "avg_pool3d"])
    if how == "conv3d":
        y = tf.nn.conv3d(x, d.weights(k, 2, k, c, 3), [1, 1, d.dice.randint(1, 2), 1, 1], pad)
    else:
        y = (tf.nn.max_pool3d if how[0] == "m" else tf.nn.avg_pool3d)(x, k, d.dice.randint(1, 2), "VALID" if how[0] == "a" else pad)
    d.put(how, y)


def control(d):
    m = d.pick(lambda t, _: t.dtype == tf.float32 and 1 <= len(t.shape) <= 3)
    e = d.pick(lambda t, e: e and t.dtype in (tf.float32, tf.int32))
    if not m or not e:
        return None
    x = m[0]
    how = d.dice.choice(["cond", "while", "case", "array", "nested", "map"])
    flag = tf.reduce_sum(tf.cast(e[0], tf.float32)) > 0.37
    if how == "cond":
        y = tf.cond(flag, lambda: x * 2.0 + 1.0, lambda: tf.tanh(x))
    elif how == "case":
        y = tf.switch_case(tf.cast(flag, tf.int32), [lambda: x + 1.0, lambda: x * 0.5, lambda: -x])
    elif how == "while":
        _, y = tf.while_loop(lambda i, _: i < 3, lambda i, v: (i + 1, tf.tanh(v) + 0.1 * tf.cast(i, tf.float32)), [0, x])
    elif how == "nested":
        y = tf.while_loop(lambda i, _: i < 2, lambda i, v: (i + 1, tf.cond(flag, lambda: v + 0.5, lambda: v * 0.5)), [0, x])[1]
    elif how == "array" and known(x, *range(len(x.shape))):
        a = tf.TensorArray(tf.float32, 3, element_shape=x.shape)
        a = tf.while_loop(lambda i, _: i < 3, lambda i, t: (i + 1, t.write(i, x * tf.cast(i, tf.float32))), [0, a])[1]
        y = a.stack()
    elif how == "map" and x.shape[0]:
        y = tf.map_fn(lambda v: tf.tanh(v) * 2.0, x)
    else:
        return None
    d.put(how, y)


def merge(d):
    """Joins two tensors that differ in one axis only."""
    m = d.pick(floats(least=2))
    if not m:
        return None
    a = m[0].shape.as_list()
    for b, _ in reversed(d.made):
        s = b.shape.as_list()
        off = [i for i, (p, q) in enumerate(zip(a, s)) if p != q] if len(a) == len(s) else [0, 0]
        if b.dtype == tf.float32 and b is not m[0] and len(off) <= 1:
            return d.put("concat", tf.concat([m[0], b], off[0] if off and off[0] else -1))


KINDS = {   # kind: input shapes (None an open dimension, drawn), ops and how likely each is
    "ops": (unary, unary, binary, binary, reduce, reshape, transpose, slices, moves, moves, integers, product, merge),
    "images": (picture, picture, picture, picture, unary, binary, reduce, reshape, merge, product, slices, moves),
    "nchw": (picture, picture, picture, unary, binary, merge),
    "sequence": (product, product, product, unary, binary, reduce, reshape, transpose, slices, moves, merge),
    "integers": (integers, integers, integers, moves, moves, slices, reshape, transpose, binary),
    "control": (control, unary, binary, product, integers, reduce, moves),
    "volume": (volume, volume, unary, binary, transpose, reduce),
}
SHAPES = {"ops": [("x", [3, 4, 6]), ("y", [3, 6])], "images": [("x", [2, 12, 10, 4])], "nchw": [("x", [2, 8, 8, 4])], "sequence": [("x", [2, 7, 8])],
          "integers": [("x", [3, 5, 4]), ("i", [3, 5, 4])], "control": [("x", [3, 5]), ("i", [3, 2])], "volume": [("x", [2, 4, 5, 4, 3])]}


def draw(kind, seed, ports, opened, nchw):
    """The graph of a seed as a concrete function, and what was drawn."""
    d = Drawing(seed, kind == "nchw", nchw)

    def body(**inputs):
        d.made = [(t, True) for _, t in sorted(inputs.items())]
        steps, wanted = 0, d.dice.randint(3, 14)
        while len(d.log) < wanted and steps < 80:
            steps += 1
            last = len(d.made)
            d.dice.choice(KINDS[kind])(d)
            d.made[last:] = [m for m in d.made[last:] if size(m[0]) <= 60000 and size(m[0]) > 0]
        # What nothing reads is not always an output: half of it is left to be pruned.
        ends = [t for t, _ in d.made[len(inputs):]]
        return {f"o{i}": t for i, t in enumerate(ends[-4:])} or {"o0": tf.identity(d.made[0][0])}

    specs = {n: tf.TensorSpec([None if (n, i) in opened else v for i, v in enumerate(s)], tf.int32 if n == "i" else tf.float32, name=n) for n, s in ports}
    f = tf.function(body, autograph=False).get_concrete_function(**specs)
    return f, d.log


def layers(d):
    """A Keras model of layers that were drawn."""
    K, dice = keras.layers, d.dice
    pick = lambda **f: f[dice.choice(sorted(f))]()
    act = lambda: dice.choice([None, "relu", "relu6", "tanh", "gelu", "silu", "hard_silu", "hard_sigmoid", "elu", "selu", "softplus", "mish", "leaky_relu", "sigmoid"])
    pad = lambda: dice.choice(["same", "valid"])
    batch = dice.choice([None, None, 1, 2])
    what = dice.choice(["image", "sequence", "recurrent", "recurrent", "vector"])
    if what == "image":
        side = dice.choice([8, 12, 16])
        i = x = keras.Input(batch_shape=(batch, side, side, 3), name="x")
        for _ in range(dice.randint(2, 6)):
            n = x.shape[-1]
            y = pick(
                conv=lambda: K.Conv2D(dice.randint(2, 8), dice.randint(1, 3), dice.randint(1, 2), pad(), activation=act(), use_bias=dice.random() < 0.6)(x),
                dilated=lambda: K.Conv2D(4, 3, padding="same", dilation_rate=2)(x), depthwise=lambda: K.DepthwiseConv2D(3, padding="same", depth_multiplier=dice.randint(1, 2), activation=act())(x),
                separable=lambda: K.SeparableConv2D(6, 3, padding="same", activation=act())(x), norm=lambda: K.BatchNormalization(scale=dice.random() < 0.7, center=dice.random() < 0.7)(x),
                convbn=lambda: K.Activation(act() or "relu")(K.BatchNormalization()(K.Conv2D(5, 3, padding="same", use_bias=False)(x))),
                transpose=lambda: K.Conv2DTranspose(4, dice.randint(1, 3), dice.randint(1, 2), pad(), activation=act())(x), up=lambda: K.UpSampling2D(2, interpolation=dice.choice(["nearest", "bilinear"]))(x),
                maxpool=lambda: K.MaxPooling2D(2, padding=pad())(x), avgpool=lambda: K.AveragePooling2D(2, dice.randint(1, 2), padding=pad())(x), zero=lambda: K.ZeroPadding2D(((1, 0), (0, 2)))(x),
                crop=lambda: K.Cropping2D(1)(x) if x.shape[1] > 4 else x, relu=lambda: K.ReLU(max_value=dice.choice([None, 6.0, 1.0]), negative_slope=dice.choice([0.0, 0.1]), threshold=dice.choice([0.0, 0.0, 0.2]))(x), prelu=lambda: K.PReLU(shared_axes=[1, 2], alpha_initializer="random_normal")(x),
                add=lambda: K.Add()([x, K.Conv2D(n, 1)(x)]), se=lambda: K.Multiply()([x, K.Reshape((1, 1, n))(K.Dense(n, activation="sigmoid")(K.GlobalAveragePooling2D()(x)))]),
                se2=lambda: K.Multiply()([x, K.Conv2D(n, 1, activation="hard_sigmoid")(K.GlobalAveragePooling2D(keepdims=True)(x))]), cat=lambda: K.Concatenate()([x, K.Conv2D(2, 1)(x)]), group=lambda: K.GroupNormalization(1)(x), layer=lambda: K.LayerNormalization()(x),
                rescale=lambda: K.Rescaling(1 / 3.0, 0.1)(x), resize=lambda: K.Resizing(9, 7)(x), drop=lambda: K.Dropout(0.3)(x), unit=lambda: K.UnitNormalization()(x))
            if all(v is None or v > 1 for v in y.shape[1:3]):
                x = y
        x = pick(gap=lambda: K.GlobalAveragePooling2D()(x), gmp=lambda: K.GlobalMaxPooling2D()(x), flat=lambda: K.Flatten()(x), none=lambda: x)
        x = K.Dense(3, activation=dice.choice(["softmax", None]))(x)
    elif what in ("sequence", "recurrent"):
        steps = dice.choice([5, 9])
        i = x = keras.Input(batch_shape=(batch, steps, 4), name="x")
        if what == "recurrent":
            if dice.random() < 0.2:
                x = K.Masking(0.0)(x)
            for last in (False, True)[dice.randint(0, 1):]:
                rnn = dice.choice([K.LSTM, K.GRU, K.SimpleRNN])
                seq = not last or dice.random() < 0.5
                extra = dict(reset_after=dice.random() < 0.6) if rnn is K.GRU else {}
                if dice.random() < 0.3:
                    extra["activation"] = dice.choice(["relu", "sigmoid"])
                layer = lambda back: rnn(dice.choice([3, 6]), return_sequences=seq, go_backwards=back, unroll=unroll, use_bias=bias, bias_initializer="random_normal", **extra)
                unroll, bias = dice.random() < 0.2, dice.random() < 0.8
                form = dice.choice(["one", "one", "one", "bidi", "state"])
                if form == "bidi":
                    x = K.Bidirectional(layer(False), merge_mode=dice.choice(["concat", "sum", "ave", "mul"]))(x)
                elif form == "state" and not seq:
                    l = layer(False)
                    l.return_state = True
                    x = K.Concatenate()(l(x))
                else:
                    x = layer(dice.random() < 0.3)(x)
        else:
            for _ in range(dice.randint(1, 4)):
                x = pick(conv1=lambda: K.Conv1D(6, 3, padding=dice.choice(["same", "valid", "causal"]) if x.shape[1] > 3 else "same", dilation_rate=dice.randint(1, 2) if x.shape[1] > 5 else 1, activation=act())(x),
                         dw1=lambda: K.DepthwiseConv1D(3, padding="same")(x), sep1=lambda: K.SeparableConv1D(5, 3, padding="same")(x), dense=lambda: K.Dense(6, activation=act())(x), ln=lambda: K.LayerNormalization()(x),
                         mha=lambda: K.MultiHeadAttention(2, 3)(x, x), pool=lambda: K.MaxPooling1D(2, padding="same")(x), avg=lambda: K.AveragePooling1D(2, padding="same")(x), up=lambda: K.UpSampling1D(2)(x), ein=lambda: K.EinsumDense("abc,cd->abd", (None, 5), bias_axes="d")(x),
                         perm=lambda: K.Permute((2, 1))(x), bn=lambda: K.BatchNormalization()(x), tr=lambda: K.Conv1DTranspose(4, 3, 2, padding="same")(x), soft=lambda: K.Softmax()(x), time=lambda: K.TimeDistributed(K.Dense(4, activation=act()))(x), zero=lambda: K.ZeroPadding1D(1)(x))
        if len(x.shape) == 3 and dice.random() < 0.6:
            x = pick(gap=lambda: K.GlobalAveragePooling1D()(x), gmp=lambda: K.GlobalMaxPooling1D()(x), flat=lambda: K.Flatten()(x))
        x = K.Dense(2)(x)
    else:
        i = x = keras.Input(batch_shape=(batch, 6), name="x")
        for _ in range(dice.randint(1, 5)):
            x = pick(dense=lambda: K.Dense(dice.randint(2, 9), activation=act(), use_bias=dice.random() < 0.7)(x), bn=lambda: K.BatchNormalization()(x), ln=lambda: K.LayerNormalization()(x), rep=lambda: K.Flatten()(K.RepeatVector(2)(x)),
                     cat=lambda: K.Concatenate()([x, K.Dense(2)(x)]), dot=lambda: K.Dot(axes=1)([x, x]), mx=lambda: K.Maximum()([x, K.Dense(x.shape[-1])(x)]), avg=lambda: K.Average()([x, K.Dense(x.shape[-1])(x)]), act=lambda: K.Activation(act() or "exponential")(x), sub=lambda: K.Subtract()([x, K.Dense(x.shape[-1])(x)]))
        x = K.Dense(2)(x)
    m = keras.Model(i, x)
    for v in m.variables:
        if "moving_mean" in v.path or "gamma" in v.path or "beta" in v.path:
            v.assign(d.weights(*v.shape, scale=0.8))
        if "moving_var" in v.path:
            v.assign(np.abs(d.weights(*v.shape)) + 0.4)
    return m, batch, [f"{l.__class__.__name__}{tuple(l.output.shape) if hasattr(l.output, 'shape') else ''}" for l in m.layers]


class Graph:
    """What a seed names: files for `floe`, and inputs with TensorFlow's outputs."""

    def __init__(self, seed, kinds, folder):
        self.dice = random.Random(seed * 7919 + 1)
        self.kind = self.dice.choice(kinds)
        self.folder, self.runs = folder, []
        os.makedirs(folder, exist_ok=True)
        (self.keras if self.kind == "keras" else self.ops)(seed)

    def ops(self, seed):
        ports = SHAPES[self.kind]
        opened = set()
        if self.dice.random() < 0.5:
            opened = {(n, 0) for n, _ in ports}
            if self.dice.random() < 0.3 and self.kind in ("sequence", "images"):
                opened |= {("x", 1)} | ({("x", 2)} if self.kind == "images" else set())
        f, self.log = draw(self.kind, seed, ports, opened, False)
        g = draw(self.kind, seed, ports, opened, True)[0] if self.kind == "nchw" else f
        names = dict(zip(sorted(f.structured_outputs), f.graph.outputs))
        gnames = dict(zip(sorted(g.structured_outputs), g.graph.outputs))
        path = os.path.join(self.folder, "graph.pb")
        with open(path, "wb") as out:
            out.write(g.graph.as_graph_def(add_shapes=False).SerializeToString())
        self.outputs = {k: t.name for k, t in gnames.items()}
        self.source = [path, "--inputs", ",".join(f"{n}:0" for n, _ in ports), "--outputs", ",".join(self.outputs[k] for k in sorted(self.outputs))]
        numbers = np.random.default_rng(seed + 1)
        for extra in (0, 1) if opened else (0,):
            feed = {}
            for n, s in ports:
                s = [v + extra if (n, i) in opened else v for i, v in enumerate(s)]
                feed[n] = numbers.integers(-5, 9, s).astype("int32") if n == "i" else (numbers.integers(-24, 24, s) / 8 + 1 / 32).astype("f")
            want = f(**{n: tf.constant(v) for n, v in feed.items()})
            self.runs.append(({f"{n}:0": v for n, v in feed.items()}, {self.outputs[k]: v.numpy() for k, v in want.items()}))

    def keras(self, seed):
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        m, batch, self.log = layers(Drawing(seed))
        path = os.path.join(self.folder, "saved_model")
        m.export(path, verbose=False)
        # An export leaves the batch open: it is held to the model's own, or kept open where the model has none.
        self.source = [path, "--batch", str(batch or "open")]
        numbers = np.random.default_rng(seed + 1)
        for n in (batch,) if batch else (1, 3):
            x = numbers.normal(size=(n, *m.inputs[0].shape[1:])).astype("f")
            if any(l.__class__ is keras.layers.Masking for l in m.layers):
                x[:, -2:] = 0
            self.runs.append(({"x": x}, {"": m(x).numpy()}))


def differ(got, want):
    if got.shape != want.shape:
        return f"shape {got.shape}, expected {want.shape}"
    if want.dtype != got.dtype:
        return f"dtype {got.dtype}, expected {want.dtype}"
    if want.dtype.kind != "f":
        return None if (got == want).all() else f"{(got != want).sum()} of {want.size} differ"
    scale = max(1.0, float(np.nanmax(np.abs(np.where(np.isfinite(want), want, 0)), initial=0)))
    ok = np.isclose(got, want, atol=TOLERANCE * scale, rtol=TOLERANCE, equal_nan=True)
    return None if ok.all() else f"{(~ok).sum()} of {ok.size} differ, largest {np.nanmax(np.abs(got - want)):.3g} of {scale:.3g}"


def command(floe, *argv):
    done = subprocess.run([floe, *argv], capture_output=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"floe {argv[0]}: status {done.returncode}: {done.stderr.decode(errors='replace').strip()[:2000]}")
    return done.stdout


def in_litert(path, feed, info):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    it = Interpreter(model_path=path, num_threads=1, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    tensors = {t["name"]: t["index"] for t in it.get_input_details()}
    for p in info["inputs"]:
        x = feed[p["name"]]
        if -1 in p["shape"]:
            it.resize_tensor_input(tensors[p["tensor"]], x.shape)
    it.allocate_tensors()
    for p in info["inputs"]:
        it.set_tensor(tensors[p["tensor"]], feed[p["name"]])
    it.invoke()
    return [it.get_tensor(t["index"]) for t in it.get_output_details()]


def in_floe(floe, path, feed, info, tmp):
    out, args = os.path.join(tmp, "out"), []
    for i, p in enumerate(info["inputs"]):
        file = os.path.join(tmp, f"in{i}.npy")
        np.save(file, feed[p["name"]])
        args += ["--input", file]
    command(floe, "run", path, *args, "--output", out)
    return [np.load(os.path.join(out, o["file"])) for o in json.load(open(os.path.join(out, "outputs.json")))]


def check(floe, graph, run):
    """What is wrong with the conversion of `graph`, as (where, what)."""
    path = os.path.join(graph.folder, "out.tflite")
    try:
        info = json.loads(command(floe, "convert", *graph.source, "-o", path, "--json"))
    except Exception as e:
        return [("convert", str(e))]
    wrong = []
    for k, (feed, want) in enumerate(graph.runs):
        wanted = [want.get(p["name"], want.get("")) for p in info["outputs"]]
        runners = {"LiteRT": lambda: in_litert(path, feed, info)}
        if run:
            runners["floe"] = lambda: in_floe(floe, path, feed, info, graph.folder)
        for who, runner in runners.items():
            try:
                got = runner()
                bad = {p["name"]: w for p, g, v in zip(info["outputs"], got, wanted) if (w := differ(g, v))}
                if bad or len(got) != len(wanted):
                    wrong.append((who, f"#{k} {bad or 'outputs are missing'}"))
            except Exception as e:
                wrong.append((who, f"#{k} {type(e).__name__}: {str(e)[:300]}"))
    return wrong


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--floe", required=True)
    p.add_argument("--seeds", default="0:300")
    p.add_argument("--kind", default=",".join([*KINDS, "keras", "keras"]))
    p.add_argument("--keep")
    p.add_argument("--no-run", action="store_true")
    p.add_argument("--verbose", action="store_true")
    args = p.parse_args()
    first, last = map(int, args.seeds.split(":"))
    passed, failed, drawn = 0, 0, collections.Counter()
    with tempfile.TemporaryDirectory() as tmp:
        for seed in range(first, last):
            folder = os.path.join(args.keep or tmp, str(seed))
            try:
                graph = Graph(seed, args.kind.split(","), folder)
            except Exception:
                print(f"seed {seed}: TensorFlow: {traceback.format_exc().splitlines()[-1][:300]}", flush=True)
                if args.verbose:
                    traceback.print_exc()
                continue
            drawn.update(l.split(" ")[0].split("(")[0] for l in graph.log)
            wrong = check(os.path.abspath(args.floe), graph, not args.no_run)
            if wrong:
                failed += 1
                for where, what in wrong:
                    print(f"FAIL {seed} {graph.kind} {where}: {what}", flush=True)
                print("     " + "; ".join(graph.log), flush=True)
            else:
                passed += 1
            if not wrong or not args.keep:
                shutil.rmtree(folder, ignore_errors=True)
    print("drawn: " + ", ".join(f"{n} {k}" for k, n in sorted(drawn.items())))
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0 or not passed)


if __name__ == "__main__":
    main()
