#!/usr/bin/env python3
"""Holds what `floe gradient` adds to a graph against TensorFlow's own gradients.

    gradient.py --floe FLOE [--only NAME]

Each case is a small graph; floe's derivatives and those of `tf.gradients` are run side by side in TensorFlow.
Prints what differs, and a last line `N checks, N failed`.
"""
import argparse, json, os, pathlib, subprocess, sys, tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
import numpy as np
import tensorflow as tf

tf1, raw, nn = tf.compat.v1, tf.raw_ops, tf.nn
TOLERANCE = 1e-5

# name: (shapes of the inputs, a function of them, the range of the elements). Every input is differentiated by.
CASES = {}


def case(name, *shapes, low=-2.0, high=2.0):
    def add(function):
        CASES[name] = (shapes, function, low, high)
    return add


def cases(family, names, *shapes, low=-2.0, high=2.0):
    for name in names:
        case(f"{family}/{name}", *shapes, low=low, high=high)(lambda *x, op=getattr(raw, name): call(op, *x))


def call(op, *inputs):
    """The op with its inputs in order, whatever they are called."""
    names = op.__wrapped__.__code__.co_varnames if hasattr(op, "__wrapped__") else op.__code__.co_varnames
    return op(**dict(zip(names, inputs)))


cases("unary", ["Neg", "Abs", "Square", "Exp", "Expm1", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh", "Erf", "Erfc",
                "Tanh", "Sigmoid", "Relu", "Relu6", "Elu", "Selu", "Softplus", "Softsign", "LeakyRelu", "Identity"], (3, 4))
cases("unary", ["Log", "Log1p", "Sqrt", "Rsqrt", "Reciprocal", "Inv"], (3, 4), low=0.3)
cases("unary", ["Asin", "Acos", "Atanh"], (3, 4), low=-0.8, high=0.8)
cases("unary", ["Acosh"], (3, 4), low=1.2)
case("unary/relu6 above", (3, 4), low=3, high=9)(lambda x: nn.relu6(x))
case("unary/leaky", (3, 4))(lambda x: nn.leaky_relu(x, alpha=0.1))
case("unary/check", (3, 4))(lambda x: tf.debugging.check_numerics(x, "") * x)
case("unary/cast", (3, 4))(lambda x: tf.cast(tf.cast(x, tf.float64) ** 2, tf.float32))
case("unary/l2 loss", (3, 4))(lambda x: nn.l2_loss(x))
case("unary/gelu", (3, 4))(lambda x: nn.gelu(x))
case("unary/gelu tanh", (3, 4))(lambda x: nn.gelu(x, approximate=True))
case("unary/silu", (3, 4))(lambda x: x * tf.sigmoid(x))
case("unary/fake quant", (3, 4), low=-9, high=9)(lambda x: tf.quantization.fake_quant_with_min_max_args(x, -6, 6))
case("unary/clip", (3, 4))(lambda x: tf.minimum(tf.maximum(x, -0.5), 0.5) * x)
case("unary/stop", (3, 4))(lambda x: x * tf.stop_gradient(x))
case("unary/floor", (3, 4))(lambda x: x * tf.floor(x))

for shapes in [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (2, 1, 4)), ((), (3, 4))]:
    label = " ".join(map(str, shapes))
    cases(f"binary {label}", ["Add", "AddV2", "Sub", "Mul", "SquaredDifference", "Maximum", "Minimum"], *shapes)
    cases(f"binary {label}", ["RealDiv", "Div", "Pow", "Atan2", "DivNoNan", "MulNoNan", "Xlogy", "Xdivy", "FloorMod"], *shapes, low=0.3)
case("binary/itself", (3, 4))(lambda x: x * x - x / (x * x + 1.0))
case("binary/mixed", (2, 3), (2, 3))(lambda a, b: (a + b) / ((a - b) ** 2 + 4.0))
case("binary/select", (3, 4), (4,))(lambda a, b: tf.where(a > 0.2, a * a, b))
case("binary/select same", (3, 4), (3, 4))(lambda a, b: tf1.where(a > 0.2, a * a, b))
case("binary/select rows", (3, 4), (3, 4))(lambda a, b: tf1.where(tf.constant([True, False, True]), a, b))
case("binary/add_n", (3, 4), (3, 4))(lambda a, b: tf.add_n([a, b, a]))

for ta in (False, True):
    for tb in (False, True):
        a, b = ((4, 3) if ta else (3, 4)), ((5, 4) if tb else (4, 5))
        case(f"linear/matmul {ta} {tb}", a, b)(lambda a, b, ta=ta, tb=tb: tf.matmul(a, b, ta, tb))
        case(f"linear/batch matmul {ta} {tb}", (2, 1, *a), (3, *b))(lambda a, b, ta=ta, tb=tb: raw.BatchMatMulV2(x=a, y=b, adj_x=ta, adj_y=tb))
case("linear/einsum", (2, 3, 4), (4, 5, 6))(lambda a, b: tf.einsum("abc,cde->abde", a, b))
case("linear/einsum heads", (2, 3, 2, 4), (2, 5, 2, 4))(lambda q, k: tf.einsum("bqhd,bkhd->bhqk", q, k))
case("linear/einsum one", (2, 3, 4))(lambda a: tf.einsum("abc->cab", a))
case("linear/bias", (2, 3, 4), (4,))(lambda x, b: nn.bias_add(x, b) ** 2)
case("linear/bias NCHW", (2, 4, 3, 3), (4,))(lambda x, b: nn.bias_add(x, b, data_format="NCHW") ** 2)
case("linear/dense", (5, 8), (8, 6), (6,), (6, 3))(lambda x, w, b, v: nn.softmax(tf.matmul(tf.tanh(tf.matmul(x, w) + b), v)))
for padding in ("SAME", "VALID", [[0, 0], [1, 2], [2, 1], [0, 0]]):
    label = padding if isinstance(padding, str) else "explicit"
    case(f"conv/2d {label}", (2, 7, 6, 3), (3, 3, 3, 4))(lambda x, w, p=padding: nn.conv2d(x, w, [1, 2, 2, 1], p))
case("conv/depthwise", (2, 7, 6, 3), (3, 3, 3, 2))(lambda x, w: nn.depthwise_conv2d(x, w, [1, 2, 2, 1], "SAME"))
case("conv/transposed", (2, 4, 4, 3), (3, 3, 5, 3))(lambda x, w: nn.conv2d_transpose(x, w, [2, 8, 8, 5], 2))
case("conv/1d", (2, 9, 3), (3, 3, 4))(lambda x, w: nn.conv1d(x, w, 2, "SAME"))
case("conv/3d", (1, 4, 5, 5, 2), (2, 3, 3, 2, 3))(lambda x, w: nn.conv3d(x, w, [1] * 5, "SAME"))
case("conv/separable", (1, 6, 6, 3), (3, 3, 3, 1), (1, 1, 3, 4))(lambda x, d, p: nn.separable_conv2d(x, d, p, [1, 1, 1, 1], "SAME"))
case("pool/max", (2, 6, 6, 3))(lambda x: nn.max_pool2d(x, 2, 2, "VALID") ** 2)
case("pool/max same", (2, 7, 5, 3))(lambda x: nn.max_pool2d(x, 3, 2, "SAME") ** 2)
case("pool/average", (2, 7, 5, 3))(lambda x: nn.avg_pool2d(x, 3, 2, "SAME") ** 2)
case("pool/3d", (1, 4, 4, 4, 2))(lambda x: nn.max_pool3d(x, 2, 2, "SAME") + nn.avg_pool3d(x, 2, 2, "SAME") ** 2)
case("pool/resize", (1, 4, 4, 2))(lambda x: tf.image.resize(x, [7, 9]) ** 2)
case("pool/resize nearest", (1, 4, 4, 2))(lambda x: tf.image.resize(x, [7, 9], method="nearest") ** 2)


def batch_norm(op, training, data_format="NHWC"):
    def function(x, scale, offset):
        mean, variance = ([], []) if training else ([0.1, -0.2, 0.3], [1.5, 0.5, 0.9])
        given = dict(x=x, scale=scale, offset=offset, mean=tf.constant(mean, tf.float32), variance=tf.constant(variance, tf.float32))
        return op(**given, epsilon=1e-3, is_training=training, data_format=data_format)[0] ** 2
    return function


for op in (raw.FusedBatchNorm, raw.FusedBatchNormV2, raw.FusedBatchNormV3):
    case(f"norm/{op.__name__} training", (4, 3, 3, 3), (3,), (3,))(batch_norm(op, True))
    case(f"norm/{op.__name__} inference", (4, 3, 3, 3), (3,), (3,))(batch_norm(op, False))
case("norm/layer", (4, 8), (8,), (8,))(lambda x, g, b: nn.batch_normalization(x, *nn.moments(x, [1], keepdims=True), b, g, 1e-3))
case("norm/l2", (4, 8))(lambda x: nn.l2_normalize(x, 1))
case("norm/lrn", (1, 3, 3, 8))(lambda x: nn.lrn(x, 2))
case("loss/softmax", (4, 5))(lambda x: nn.softmax(x) ** 2)
case("loss/log softmax", (4, 5))(lambda x: nn.log_softmax(x) ** 2)
case("loss/cross entropy", (4, 5), (4, 5), low=0.1)(lambda x, y: tf.reduce_mean(raw.SoftmaxCrossEntropyWithLogits(features=x, labels=y)[0]))
case("loss/sparse", (4, 5))(lambda x: tf.reduce_mean(nn.sparse_softmax_cross_entropy_with_logits([1, 0, 4, 2], x)))
case("loss/sigmoid", (4, 5))(lambda x: tf.reduce_mean(nn.sigmoid_cross_entropy_with_logits(tf.ones([4, 5]), x)))
for name, reduce in [("sum", tf.reduce_sum), ("mean", tf.reduce_mean), ("max", tf.reduce_max), ("min", tf.reduce_min)]:
    for axes, keep in [(None, False), (1, False), ([0, -1], False), ([0, -1], True)]:
        case(f"reduce/{name} {axes} {keep}", (3, 4, 5))(lambda x, r=reduce, a=axes, k=keep: r(x, a, keepdims=k) ** 2)
case("reduce/max tie", (3, 4))(lambda x: tf.reduce_max(tf.round(x), 1) * tf.reduce_max(tf.minimum(x, 0.0), 1))
case("reduce/int64 axes", (3, 4))(lambda x: tf.reduce_sum(x, tf.constant([1], tf.int64)) ** 2)
for exclusive in (False, True):
    for reverse in (False, True):
        case(f"reduce/cumsum {exclusive} {reverse}", (3, 4))(lambda x, e=exclusive, r=reverse: tf.cumsum(x, 1, e, r) ** 2)
case("shape/reshape", (3, 4))(lambda x: tf.reshape(x, [2, 6]) ** 2)
case("shape/squeeze", (3, 1, 4))(lambda x: tf.expand_dims(tf.squeeze(x, 1) ** 2, 0))
case("shape/transpose", (2, 3, 4))(lambda x: tf.transpose(x, [2, 0, 1]) ** 2)
case("shape/reverse", (3, 4))(lambda x: tf.reverse(x, [1]) ** 2)
case("shape/identity_n", (3, 4), (2,))(lambda a, b: (lambda r: tf.reduce_sum(r[0] ** 2) + tf.reduce_sum(r[1]))(tf.identity_n([a, b])))
case("shape/fill", ())(lambda x: tf.fill([2, 3], x) ** 2)
case("shape/broadcast", (3, 1))(lambda x: tf.broadcast_to(x, [2, 3, 4]) ** 2)
case("shape/tile", (2, 3))(lambda x: tf.tile(x, [2, 3]) ** 2 * tf.reshape(tf.range(36.0), [4, 9]))
case("shape/space to depth", (1, 4, 4, 2))(lambda x: tf.nn.space_to_depth(x, 2) ** 2)
case("shape/depth to space", (1, 2, 2, 8))(lambda x: tf.nn.depth_to_space(x, 2) ** 2)
case("shape/space to batch", (1, 4, 4, 2))(lambda x: tf.space_to_batch(x, [2, 2], [[0, 0], [2, 0]]) ** 2)
case("shape/batch to space", (4, 2, 2, 2))(lambda x: tf.batch_to_space(x, [2, 2], [[0, 1], [1, 0]]) ** 2)
case("slice/concat", (2, 3), (2, 4))(lambda a, b: tf.concat([a, b, a], 1) ** 2)
case("slice/concat last", (2, 3), (2, 4))(lambda a, b: tf.concat([a, b], -1) ** 2)
case("slice/pack", (2, 3), (2, 3))(lambda a, b: tf.stack([a, b], 1) ** 2)
case("slice/unpack", (2, 3))(lambda x: tf.unstack(x, axis=1)[1] ** 2)
case("slice/split", (2, 6))(lambda x: (lambda p: p[0] * p[2])(tf.split(x, 3, 1)))
case("slice/split sizes", (2, 6))(lambda x: tf.split(x, [1, 3, 2], 1)[1] ** 2)
case("slice/slice", (4, 5))(lambda x: tf.slice(x, [1, 2], [2, 3]) ** 2)
case("slice/strided", (4, 5))(lambda x: x[1:, ::-2] ** 2)
case("slice/strided shrink", (4, 5))(lambda x: x[2, tf.newaxis, ..., 1:4] ** 2)
case("slice/pad", (2, 3))(lambda x: tf.pad(x, [[1, 2], [0, 1]]) ** 2)
case("slice/pad value", (2, 3), ())(lambda x, c: tf.pad(x, [[1, 2], [0, 1]], constant_values=c) ** 2)
case("slice/mirror", (3, 3))(lambda x: tf.pad(x, [[1, 2], [1, 1]], "REFLECT") ** 2)
case("slice/gather", (5, 3))(lambda x: tf.gather(x, [[1, 0], [4, 1]]) ** 2)
case("slice/gather_nd", (5, 3))(lambda x: tf.gather_nd(x, [[1, 0], [4, 1], [1, 0]]) ** 2)


@case("network/convolutional", (2, 12, 12, 1), (3, 3, 1, 4), (4,), (3, 3, 4, 1), (100, 5), (5,))
def convolutional(x, filters, bias, depthwise, dense, last):
    h = nn.relu(nn.bias_add(nn.conv2d(x, filters, 1, "VALID"), bias))
    h = nn.relu6(nn.depthwise_conv2d(h, depthwise, [1, 1, 1, 1], "SAME"))
    h = tf.reshape(nn.avg_pool2d(h, 2, 2, "SAME"), [2, -1])
    loss = nn.sparse_softmax_cross_entropy_with_logits([1, 3], tf.matmul(h, dense) + last)
    return tf.reduce_mean(loss) + 1e-3 * nn.l2_loss(dense)


@case("network/attention", (2, 5, 8), (8, 8), (8, 8), (8, 8), (8,))
def attention(x, wq, wk, wv, gain):
    q, k, v = (tf.einsum("bsd,de->bse", x, w) for w in (wq, wk, wv))
    mixed = tf.matmul(nn.softmax(tf.matmul(q, k, transpose_b=True) / 8.0**0.5), v) + x
    mean, variance = nn.moments(mixed, [-1], keepdims=True)
    return nn.gelu((mixed - mean) * tf.math.rsqrt(variance + 1e-5) * gain)


def floe(*arguments):
    done = subprocess.run([ARGS.floe, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


def check(name, folder):
    """What differs in one case."""
    shapes, function, low, high = CASES[name]
    random = np.random.default_rng(sum(name.encode()))
    values = [random.uniform(low, high, s).astype(np.float32) for s in shapes]
    with tf.Graph().as_default() as graph:
        inputs = [tf1.placeholder(tf.float32, s, name=f"x{i}") for i, s in enumerate(shapes)]
        y = tf.identity(function(*inputs), name="y")
        graph_def = graph.as_graph_def()
        (folder / "in.pb").write_bytes(graph_def.SerializeToString())
        feeds = dict(zip(inputs, values))
        found = {x.name: tf.convert_to_tensor(dx) for x, dx in zip(inputs, tf1.gradients(y, inputs)) if dx is not None}
        with tf1.Session(graph=graph) as session:
            want = session.run(list(found.values()), feeds)
    wrt = list(found)
    report = floe("gradient", folder / "in.pb", "--of", "y:0", "--wrt", ",".join(wrt), "-o", folder / "out.pb", "--json")
    graph_def.ParseFromString((folder / "out.pb").read_bytes())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        with tf1.Session(graph=graph) as session:
            got = session.run([report["gradients"][x] for x in wrt], {f"x{i}:0": v for i, v in enumerate(values)})
    for x, a, b in zip(wrt, got, want):
        if a.shape != b.shape:
            return f"{x}: {a.shape} for {b.shape}"
        scale = max(1.0, float(np.max(np.abs(b), initial=0.0)))
        if not np.allclose(a / scale, b / scale, TOLERANCE, TOLERANCE):
            return f"{x}: off by {np.max(np.abs(a - b))} of {scale}"
    return ""


def main():
    failed = 0
    names = [n for n in CASES if ARGS.only in n]
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            try:
                fault = check(name, pathlib.Path(folder))
            except Exception as e:
                fault = f"{type(e).__name__}: {str(e)[:400]}"
            if fault:
                failed += 1
                print(f"{name}: {fault}", flush=True)
    print(f"{len(names)} checks, {failed} failed")
    sys.exit(1 if failed or not names else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floe", required=True)
    parser.add_argument("--only", default="")
    ARGS = parser.parse_args()
    main()
