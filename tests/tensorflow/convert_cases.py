#!/usr/bin/env python3
"""Makes cases of the converter: small graphs, what goes in, and what TensorFlow gives.

    convert_cases.py -o tests/cases/convert [--only NAME]

Each is a GraphDef as text, whose first lines are `# in NAME DTYPE SHAPE = NUMBERS`, `# out TENSOR DTYPE SHAPE =
NUMBERS` and `# tolerance NUMBER`. Those that are there already keep their numbers: they are drawn from the name.
"""
import argparse, os, zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
import numpy as np
import tensorflow as tf
from google.protobuf import text_format

raw, C = tf.raw_ops, tf.constant
CASES = {}


def case(name, *shapes, low=-2.0, high=2.0, dtype="float32", opened=(), tolerance=1e-5):
    """A graph of `function` on inputs x0, x1 … of the given shapes; `opened` lists dimensions of x0 that the graph leaves open."""
    def add(function):
        CASES[name] = (function, shapes, low, high, dtype, opened, tolerance)
    return add


f = np.float32
for name in ("atan", "asin", "acos", "atanh"):
    case(name, (3, 5), low=-0.95, high=0.95)(getattr(tf, name))
case("atan_dyn", (3, 5), low=-9, high=9, opened=(0,))(tf.atan)
case("asinh", (3, 5), low=-9, high=9)(tf.asinh)
case("acosh", (3, 5), low=1.1, high=9)(tf.acosh)
case("lgamma", (4, 6), low=-3.9, high=7.1)(tf.math.lgamma)
case("digamma", (4, 6), low=-1.9, high=7.1)(tf.math.digamma)
case("cumprod", (3, 5))(lambda x: tf.math.cumprod(x, 1))
case("cumprod_back", (3, 6), opened=(0,))(lambda x: tf.math.cumprod(x, -1, exclusive=True, reverse=True))
case("bitwise_and", (3, 5), (3, 5), dtype="int32", low=-2**31, high=2**31 - 1)(lambda x, y: tf.bitwise.bitwise_and(x, y))
case("bitwise_or", (3, 5), (5,), dtype="int32", low=-2**31, high=2**31 - 1)(lambda x, y: tf.bitwise.bitwise_or(x, y))
case("scatter_max", (4, 3))(lambda x: tf.tensor_scatter_nd_max(x, [[0], [2], [0]], C([[1.0, 0, -1], [5, 5, 5], [0.5, 3, 0]])))
case("scatter_min_deep", (4, 3))(lambda x: tf.tensor_scatter_nd_min(x, [[0, 1], [2, 2], [0, 1]], C([0.25, -3.0, -1.0])))
case("partition", (6, 2), opened=(0,))(lambda x: tuple(tf.dynamic_partition(x, tf.cast(x[:, 0] > 0, tf.int32), 2)))
@case("stitch_computed", (6, 2), opened=(0,))
def _(x):
    which, rows = tf.cast(x[:, 0] > 0, tf.int32), tf.range(tf.shape(x)[0])
    return tf.dynamic_stitch(tf.dynamic_partition(rows, which, 2), [2.0 * p for p in tf.dynamic_partition(x, which, 2)])
case("fft", (2, 6), (2, 6))(lambda x, y: (tf.abs(tf.signal.fft(tf.complex(x, y))), tf.math.angle(tf.signal.ifft(tf.complex(x, y)))))
case("fft2d", (2, 4, 6))(lambda x: (tf.math.real(tf.signal.fft2d(tf.complex(x, -x))), tf.math.imag(tf.signal.ifft2d(tf.complex(x, x) * tf.complex(2.0, 1.0)))))
case("irfft", (2, 12))(lambda x: tf.signal.irfft(tf.signal.rfft(x)[:, ::1] * C(2 + 0j, tf.complex64), [12]))
case("rfft_8", (2, 8))(lambda x: tf.signal.irfft(tf.signal.rfft(x)))
case("segment_max", (6, 2))(lambda x: (tf.math.segment_max(x, [0, 0, 1, 3, 3, 3]), tf.math.segment_min(x, [0, 0, 1, 3, 3, 3])))
case("segment_mean", (6, 2))(lambda x: (tf.math.segment_mean(x, [0, 0, 1, 3, 3, 3]), tf.math.segment_prod(x, [0, 0, 1, 3, 3, 3])))
case("bincount", (9,), dtype="int32", low=0, high=6)(lambda x: raw.DenseBincount(input=x, size=5, weights=C([], tf.float32)))
case("bincount_rows", (2, 9), dtype="int32", low=0, high=6)(lambda x: (raw.DenseBincount(input=x, size=5, weights=C([], tf.int32)), raw.DenseBincount(input=x, size=5, weights=C([], tf.float32), binary_output=True)))
case("bincount_weights", (4,), dtype="int32", low=0, high=4)(lambda x: raw.Bincount(arr=x, size=4, weights=C([1.0, 2.5, -1.0, 4.0])))
case("einsum_two_open", (2, 5, 8), opened=(0, 1))(lambda x: tf.einsum("bsd,dhe->bshe", x, C(np.linspace(-1, 1, 48).reshape(8, 2, 3).astype(f))))
case("float64", (3, 4), dtype="float64")(lambda x: (tf.sin(x) * 2.0, tf.reduce_sum(x, 1), tf.cast(x > 0, tf.int32)))
case("floordiv_thirds", (3, 4), low=-30, high=30)(lambda x: tf.math.floordiv(tf.round(x), 0.3))
case("cast_wraps", (3, 4), low=-300, high=300)(lambda x: (tf.cast(x, tf.int32), tf.cast(tf.cast(x * 10.0, tf.int8), tf.int32), tf.cast(tf.cast(x, tf.int16), tf.int32)))
case("xlog1py", (3, 4), (3, 4), low=-0.9)(lambda x, y: tf.math.xlog1py(x * C([[0.0], [1.0], [2.0]]), tf.abs(y)))
for name, (features, low) in {"Relu": (1, -2), "Relu6": (1, -9), "Softplus": (1, -2), "Softsign": (1, -2)}.items():
    case(name.lower() + "_grad", (3, 4), (3, 4), low=low, high=-low)(lambda g, x, op=getattr(raw, name + "Grad"): op(gradients=g, features=x))
for name in ("Tanh", "Sigmoid", "Sqrt", "Rsqrt", "Reciprocal"):
    case(name.lower() + "_grad", (3, 4), (3, 4), low=0.1, high=0.9)(lambda y, g, op=getattr(raw, name + "Grad"): op(y=y, dy=g))
case("elu_grad", (3, 4), (3, 4), low=-0.9)(lambda g, y: raw.EluGrad(gradients=g, outputs=y))
case("leaky_grad", (3, 4), (3, 4))(lambda g, x: raw.LeakyReluGrad(gradients=g, features=x, alpha=0.3))
case("bias_add_grad", (2, 3, 4))(lambda x: raw.BiasAddGrad(out_backprop=x))
case("cross_entropy", (3, 4))(lambda x: tuple(raw.SoftmaxCrossEntropyWithLogits(features=x, labels=C(np.full((3, 4), 0.25, f)))))
case("cross_entropy_sparse", (3, 4))(lambda x: tuple(raw.SparseSoftmaxCrossEntropyWithLogits(features=x, labels=C([1, 3, 0]))))
@case("gradients", (3, 4), (4,))
def _(x, y):
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = tf.reduce_mean(tf.tanh(x * y) + tf.sqrt(tf.abs(x) + 1.0))
    return tuple(tape.gradient(z, [x, y]))


def line(kind, name, array):
    numbers = " ".join(repr(v.item()) if array.dtype != bool else str(int(v)) for v in array.ravel())
    shape = ",".join(map(str, array.shape)) or "-"
    return f"# {kind} {name} {array.dtype.name} {shape} = {numbers}\n"


def make(name, function, shapes, low, high, dtype, opened, tolerance):
    dice = np.random.default_rng(zlib.crc32(name.encode()))
    draw = lambda s: dice.integers(low, high, s).astype(dtype) if dtype == "int32" else (np.round(dice.uniform(low, high, s) * 32) / 32).astype(dtype)
    inputs = {f"x{i}": draw(s) for i, s in enumerate(shapes)}
    spec = lambda n, s: tf.TensorSpec([None if n == "x0" and i in opened else d for i, d in enumerate(s)], dtype, name=n)

    def body(**feed):
        made = function(*(feed[n] for n in sorted(feed)))
        return [tf.identity(t) for t in (made if isinstance(made, tuple) else (made,))]

    traced = tf.function(body, autograph=False).get_concrete_function(**{n: spec(n, v.shape) for n, v in inputs.items()})
    outputs = traced(**{n: C(v) for n, v in inputs.items()})
    text = "".join(line("in", n, v) for n, v in inputs.items())
    text += "".join(line("out", t.name, v.numpy()) for t, v in zip(traced.graph.outputs, outputs))
    graph = traced.graph.as_graph_def()
    for node in graph.node:
        for attr in ("_user_specified_name", "_output_shapes"):
            node.attr.pop(attr, None)
    return text + f"# tolerance {tolerance:g}\n" + text_format.MessageToString(graph)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("-o", "--output", required=True)
    p.add_argument("--only")
    args = p.parse_args()
    for name, how in sorted(CASES.items()):
        if args.only in (None, name):
            with open(os.path.join(args.output, name + ".pbtxt"), "w") as out:
                out.write(make(name, *how))
    print(f"{len(CASES)} cases")


if __name__ == "__main__":
    main()
