"""Models of one operator each: every op in every element type that LiteRT's reference kernels have, or nearly.

`CASES` holds (op, variants); a variant is a function of a random generator that gives (model, feed), where feed(sample)
gives the inputs, or None for random ones.
"""
import zlib
import numpy as np
from flat import S, model, options, t

FLOATS, QUANTIZED = ["f32"], ["i8", "u8", "i16"]
LIMITS = dict(i8=(-128, 127), u8=(0, 255), i16=(-32768, 32767), i4=(-8, 7), i2=(-2, 1))


def quant(rng, dtype, low=.01, high=.2):
    """A scale and zero point; the ends of the range among the zero points."""
    if dtype not in ("i8", "u8", "i16"):
        return None
    if dtype == "i16":
        return (float(np.float32(rng.uniform(low / 100, high / 100))), 0)
    ends = LIMITS[dtype]
    return (float(np.float32(rng.uniform(low, high))), int(rng.choice([ends[0], ends[1], *rng.integers(*ends, 6)])))


def numbers(rng, dtype, shape, low=-3, high=3):
    if dtype in ("f32", "f64", "f16"):
        return rng.uniform(low, high, shape)
    if dtype == "bool":
        return rng.integers(0, 2, shape)
    if dtype == "c64":
        return rng.uniform(low, high, shape) + 1j * rng.uniform(low, high, shape)
    if dtype in LIMITS:
        return rng.integers(*LIMITS[dtype], shape, endpoint=True)
    if dtype == "str":
        return np.array([b"s%d" % v for v in rng.integers(0, 5, int(np.prod(shape)))], object).reshape(shape)
    return rng.integers(0 if dtype[0] == "u" else -100, 100, shape)


def shape_of(rng, rank=None, least=1, most=5):
    return [int(d) for d in rng.integers(least, most, rng.integers(0, 5) if rank is None else rank, endpoint=True)]


def broadcast_pair(rng, most=5):
    out = shape_of(rng, int(rng.integers(0, most, endpoint=True)), 1, 4)
    def side():
        dims = [1 if rng.random() < .3 else d for d in out]
        return dims[int(rng.integers(0, len(dims), endpoint=True)):] if rng.random() < .3 else dims
    a, b = side(), side()
    return a, b, list(np.broadcast_shapes(tuple(a), tuple(b)))


def one(op, ins, outs, opt=None, version=1, feed=None):
    """A model of one operator; inputs with data are constants; None is an absent input."""
    tensors, index = [], []
    for x in ins:
        index.append(-1 if x is None else len(tensors))
        tensors += [] if x is None else [x]
    first = len(tensors)
    tensors += outs
    fed = [i for i, x in enumerate(tensors[:first]) if x["data"] is None and not x.get("variable")]
    o = list(range(first, len(tensors)))
    m = model(tensors, [(op, index, o, opt, version)], fed, o)
    return m, (lambda sample: feed(np.random.default_rng([7, sample]))) if feed else None


CASES = []
ONCE = ("ATAN2", "BITWISE_XOR", "RIGHT_SHIFT", "LOGICAL_AND", "LOGICAL_OR", "POW", "REDUCE_ANY", "REDUCE_ALL", "L2_POOL_2D")


def grid(*ops, dtypes=("f32",), repeat=1, tag=""):
    """Registers a function (rng, op, dtype) -> case, for each op and type."""
    def register(f):
        for op in ops:
            for d in dtypes:
                for n in range(repeat):
                    CASES.append((f"{op}.{tag}{d}.{n}", f, op, d))
        return f
    return register


def cases(seed):
    for name, f, op, d in CASES:
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        made = f(rng, op, d)
        if made is not None:
            yield (name, *made)


ALL_NUMBERS = ["f32", "i8", "u8", "i16", "i32", "u32", "i64"]


@grid("ABS", "NEG", "SQUARE", "SIN", "COS", "EXP", "CEIL", "FLOOR", "ROUND", "SIGN", "RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1",
      "ELU", "HARD_SWISH", "LOGISTIC", "TANH", "GELU", "LOGICAL_NOT", "ZEROS_LIKE", "LEAKY_RELU", "SOFTMAX", "LOG_SOFTMAX",
      "L2_NORMALIZATION", dtypes=ALL_NUMBERS + ["bool", "f16", "f64"], repeat=2)
def unary(rng, op, d):
    shape = shape_of(rng, int(rng.integers(1, 5)))
    q, qo = quant(rng, d), quant(rng, d)
    if op in ("ABS", "RELU") and rng.random() < .3:
        qo = q
    if op in ("LOGISTIC", "SOFTMAX"):
        qo = {"i8": (1 / 256, -128), "u8": (1 / 256, 0), "i16": (1 / 32768, 0)}.get(d)
    if op == "LOG_SOFTMAX":
        qo = {"i8": (16 / 256, 127), "u8": (16 / 256, 255)}.get(d)
    if op in ("TANH", "L2_NORMALIZATION"):
        qo = {"i8": (1 / 128, 0), "u8": (1 / 128, 128), "i16": (1 / 32768, 0)}.get(d)
    if op in ("TANH", "LOGISTIC") and d == "i16" and rng.random() < .5:
        q = (2.0 ** -int(rng.integers(11, 13)), 0)
    if op == "L2_NORMALIZATION" and q:
        q = (q[0], q[1])
    if op == "ZEROS_LIKE":
        q = qo = None
    opt = {"LEAKY_RELU": lambda: options("LeakyReluOptions", alpha=float(rng.choice([.1, -.5, 1.5]))),
           "SOFTMAX": lambda: options("SoftmaxOptions", beta=float(rng.choice([1., .5]))),
           "GELU": lambda: options("GeluOptions", approximate=bool(rng.integers(2))),
           "L2_NORMALIZATION": lambda: options("L2NormOptions")}.get(op)
    return one(op, [t(d, shape, q=q)], [t(d, shape, q=qo)], opt and opt())


@grid("SQRT", "RSQRT", "LOG", dtypes=["f32", "i8", "i16", "u8"], repeat=3)
def positive(rng, op, d):
    shape = shape_of(rng, 2)
    q, qo = quant(rng, d), quant(rng, d)
    feed = None
    if d == "i8":
        q = (q[0], -128)
        feed = lambda r: [r.integers(-128 if op == "LOG" else -127, 128, shape).astype("i1")]
    if d == "f32":
        feed = lambda r: [r.uniform(1e-3, 9, shape).astype("f4")]
    if d == "i16":
        feed = lambda r: [r.integers(1, 32767, shape).astype("i2")]
    return one(op, [t(d, shape, q=q)], [t(d, shape, q=qo)], feed=feed)


@grid("SOFTMAX", dtypes=["i8"], tag="to_i16_", repeat=2)
def softmax16(rng, op, d):
    return one(op, [t(d, [3, 9], q=quant(rng, d))], [t("i16", [3, 9], q=(1 / 65536, -32768))], options("SoftmaxOptions", beta=1.))


@grid("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "FLOOR_DIV", "FLOOR_MOD", "POW", "ATAN2", "BITWISE_XOR",
      "RIGHT_SHIFT", "LOGICAL_AND", "LOGICAL_OR", "EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL",
      dtypes=ALL_NUMBERS + ["bool", "u16", "f64", "c64", "str", "f16"], repeat=4)
def binary(rng, op, d):
    a, b, out = broadcast_pair(rng, 4 if rng.random() < .8 else 6)
    if op == "ATAN2":      # LiteRT does not broadcast it.
        a = b = out
    compare = op in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
    do = "bool" if compare else d
    qa, qb, qo = quant(rng, d), quant(rng, d), None if compare else quant(rng, d, .05, .5)
    if op in ("MAXIMUM", "MINIMUM"):
        qb = qo = qa
    if op == "SQUARED_DIFFERENCE" and qa and d == "i8":
        qo = quant(rng, d, .5, 2)
    act = str(rng.choice(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]))
    kinds = dict(ADD="AddOptions", SUB="SubOptions", MUL="MulOptions", DIV="DivOptions")
    opt = options(kinds[op], fusedActivationFunction=act) if op in kinds else None
    const = rng.random() < .3
    y = t(d, b, q=qb)
    if const or op in ("DIV", "FLOOR_DIV", "FLOOR_MOD", "POW", "RIGHT_SHIFT"):
        data = numbers(rng, d, b)
        if op in ("DIV", "FLOOR_DIV", "FLOOR_MOD") and d != "bool" and d != "str":
            data = np.where(data == (qb[1] if qb else 0), 3, data)
        if op == "POW" and d != "str":
            data = np.abs(data) % 4 if d[0] != "f" else np.round(data)
        if op == "RIGHT_SHIFT":
            data = np.abs(numbers(rng, d, b)) % (8 if d in ("i8", "u8") else 16) if d not in ("str",) else data
        y["data"] = data
    return one(op, [t(d, a, q=qa), y], [t(do, out, q=qo)], opt, version=3 if op == "MUL" else 1 if op in ONCE else 2)


@grid("ADD", "SUB", dtypes=["i16"], tag="pot_", repeat=3)
def pot(rng, op, d):
    qa, qb, qo = ((2.0 ** -int(rng.integers(9, 14)), 0) for _ in range(3))
    if rng.random() < .5:
        qo = (max(qa[0], qb[0]), 0)
    opt = options(op.title() + "Options", potScaleInt16=bool(rng.integers(2)), fusedActivationFunction=str(rng.choice(["NONE", "RELU"])))
    return one(op, [t(d, [2, 9], q=qa), t(d, [2, 9], q=qb)], [t(d, [2, 9], q=qo)], opt)


@grid("MUL", dtypes=["c64"], repeat=2)
def mul_complex(rng, op, d):
    a, b, out = broadcast_pair(rng, 3)
    return one(op, [t(d, a), t(d, b)], [t(d, out)], options("MulOptions"), version=4)


@grid("ADD_N", dtypes=["f32", "i32", "i8"], repeat=2)
def add_n(rng, op, d):
    n, s = int(rng.integers(1, 5)), shape_of(rng, 2)
    return one(op, [t(d, s, q=quant(rng, d)) for _ in range(n)], [t(d, s, q=quant(rng, d, .2, .5))])


@grid("SUM", "MEAN", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ANY", "REDUCE_ALL", dtypes=ALL_NUMBERS + ["bool"], repeat=5)
def reduce(rng, op, d):
    shape = shape_of(rng, int(rng.integers(0, 6)), 1, 4)
    rank = len(shape)
    axes = [int(a) - rank * int(rng.integers(2)) for a in rng.permutation(rank)[:rng.integers(0, rank, endpoint=True)]]
    if rng.random() < .3 and rank == 4:
        axes = [1, 2]
    keep = bool(rng.integers(2))
    q = quant(rng, d)
    qo = q if op in ("REDUCE_MAX", "REDUCE_MIN") or rng.random() < .2 else quant(rng, d)
    if op == "SUM" and d in ("i8", "i16"):
        return None        # LiteRT's reference takes either for uint8.
    if op == "REDUCE_PROD" and q:
        q = (q[0] * 20, q[1])
    real = [a % rank for a in axes] if rank else []
    out = [1 if i in real else s for i, s in enumerate(shape) if keep or i not in real]
    if rng.random() < .2 and axes:
        axes.append(axes[0])
    return one(op, [t(d, shape, q=q), t("i32", [len(axes)], axes)], [t(d, out, q=qo)], options("ReducerOptions", keepDims=keep), 1 if op in ONCE else 2)


@grid("ARG_MAX", "ARG_MIN", dtypes=ALL_NUMBERS + ["bool"], repeat=3)
def arg(rng, op, d):
    shape = shape_of(rng, int(rng.integers(1, 5)))
    axis, o = int(rng.integers(-len(shape), len(shape))), str(rng.choice(["i32", "i64"]))
    out = [s for i, s in enumerate(shape) if i != axis % len(shape)]
    kind = dict(ARG_MAX="ArgMaxOptions", ARG_MIN="ArgMinOptions")[op]
    at = t("i64", [1], [axis]) if rng.random() < .3 else t("i32", [], axis)
    return one(op, [t(d, shape, q=quant(rng, d)), at], [t(o, out)], options(kind, outputType=2 if o == "i32" else 4))


@grid("CUMSUM", dtypes=["f32", "i32", "i64", "i8"], repeat=3)
def cumsum(rng, op, d):
    shape = shape_of(rng, int(rng.integers(1, 4)))
    o = options("CumsumOptions", exclusive=bool(rng.integers(2)), reverse=bool(rng.integers(2)))
    q = quant(rng, d)
    return one(op, [t(d, shape, q=q), t("i32", [], int(rng.integers(-len(shape), len(shape))))], [t(d, shape, q=q)], o)


# ---- windows

def window(rng, op, shape, k, s, pad, dil=(1, 1)):
    out = []
    for i in (0, 1):
        span = (k[i] - 1) * dil[i] + 1
        out.append(-(-shape[1 + i] // s[i]) if pad == 0 else (shape[1 + i] - span) // s[i] + 1)
    return out


def geometry(rng, dilate=True):
    k, s = [int(v) for v in rng.integers(1, 4, 2)], [int(v) for v in rng.integers(1, 4, 2)]
    dil = [int(v) for v in rng.integers(1, 4, 2)] if dilate and rng.random() < .3 else [1, 1]
    pad = int(rng.integers(2))
    hw = [(k[i] - 1) * dil[i] + 1 + int(rng.integers(0, 6)) for i in (0, 1)]
    return k, s, dil, pad, [int(rng.integers(1, 3)), *hw]


ACTS = ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]


@grid("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D", dtypes=["f32", "i8", "u8", "i16"], repeat=5)
def pool(rng, op, d):
    k, s, _, pad, nhw = geometry(rng, False)
    c = int(rng.integers(1, 20))
    q = quant(rng, d)
    out = window(rng, op, nhw, k, s, pad)
    o = options("Pool2DOptions", padding=pad, strideH=s[0], strideW=s[1], filterHeight=k[0], filterWidth=k[1], fusedActivationFunction=str(rng.choice(ACTS)))
    return one(op, [t(d, [*nhw, c], q=q)], [t(d, [nhw[0], *out, c], q=q)], o, 1 if op in ONCE else 2)


def weight(rng, dtype, shape, axis, per_channel, scale=None):
    w, n = dtype, shape[axis]
    if w == "f32":
        return t("f32", shape, numbers(rng, "f32", shape, -1, 1))
    if w == "u8":
        return t("u8", shape, numbers(rng, "u8", shape), q=(float(rng.uniform(.003, .02)), int(rng.integers(0, 256))))
    low = {"i4": -7, "i2": -1}.get(w, -127)
    data = rng.integers(low, -low, shape, endpoint=True)
    s = rng.uniform(.002, .02, n if per_channel else 1) * (8 if w != "i8" else 1)
    return t(w, shape, data, q=(s, 0, axis))


def bias_for(rng, x, w, n, wide=False, axis=0):
    if x["dtype"] == "f32":
        return t("f32", [n], numbers(rng, "f32", [n]))
    s = np.float32(x["q"][0]) * np.asarray(w["q"][0], "f4")
    kind = "i64" if wide else "i32"
    return t(kind, [n], rng.integers(-900, 900, n), q=(s, 0, 0))


FILTERS = ["f32", "i8", "u8", "i16", "i16b32", "i8i4", "f32i8", "f32i4", "i8i2", "f32f16"]


def kinds(rng, d):
    """Element types of data and weights, and whether a bias is of 64 bits."""
    return {"f32": ("f32", "f32", 0), "i8": ("i8", "i8", 0), "u8": ("u8", "u8", 0), "i16": ("i16", "i8", 1), "i16b32": ("i16", "i8", 0),
            "i8i4": ("i8", "i4", 0), "f32i8": ("f32", "i8", 0), "f32i4": ("f32", "i4", 0), "i8i2": ("i8", "i2", 0), "f32f16": ("f32", "f16", 0),
            "i16i4": ("i16", "i4", 1), "f32i2": ("f32", "i2", 0), "f32u8": ("f32", "u8", 0)}[d]


def filter_case(rng, op, x, w, n, out, o, wide, axis, version=3):
    if w["dtype"] == "f16":
        return None
    absent = rng.random() < .25
    bias = None if absent else bias_for(rng, x, w, n, wide)
    if x["dtype"] != "f32":
        k = np.sqrt(w["data"].size / n)
        spread = np.float32(x["q"][0]) * np.mean(w["q"][0]) * 5000 * k / (128 if x["dtype"] != "i16" else 1)
        y = t(x["dtype"], out, q=(float(spread * rng.choice([.02, 1, 1, 1, 30])), quant(rng, x["dtype"])[1]))
        if x["dtype"] == "i16":
            y["q"] = (float(x["q"][0] * np.mean(w["q"][0]) * 60 * k), 0)
    else:
        y = t("f32", out)
    return one(op, [x, w, bias], [y], o, version)


@grid("CONV_2D", dtypes=FILTERS, repeat=6)
def conv(rng, op, d):
    k, s, dil, pad, nhw = geometry(rng)
    xd, wd, wide = kinds(rng, d)
    groups = int(rng.choice([1, 1, 1, 2])) if wd != "u8" else 1
    cin, cout = int(rng.integers(1, 6)) * groups, int(rng.integers(1, 9)) * groups
    x = t(xd, [*nhw, cin], q=quant(rng, xd))
    w = weight(rng, wd, [cout, *k, cin // groups], 0, xd != "u8" and (rng.random() < .8))
    o = options("Conv2DOptions", quantizedBiasType=2 if d == "i16b32" else 0, padding=pad, strideH=s[0], strideW=s[1], dilationHFactor=dil[0], dilationWFactor=dil[1], fusedActivationFunction=str(rng.choice(ACTS)))
    return filter_case(rng, op, x, w, cout, [nhw[0], *window(rng, op, nhw, k, s, pad, dil), cout], o, wide, 0)


@grid("DEPTHWISE_CONV_2D", dtypes=FILTERS, repeat=6)
def depthwise(rng, op, d):
    k, s, dil, pad, nhw = geometry(rng)
    xd, wd, wide = kinds(rng, d)
    c, m = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    x = t(xd, [*nhw, c], q=quant(rng, xd))
    w = weight(rng, wd, [1, *k, c * m], 3, xd != "u8" and rng.random() < .8)
    o = options("DepthwiseConv2DOptions", padding=pad, strideH=s[0], strideW=s[1], depthMultiplier=m, dilationHFactor=dil[0], dilationWFactor=dil[1],
                fusedActivationFunction=str(rng.choice(ACTS)))
    return filter_case(rng, op, x, w, c * m, [nhw[0], *window(rng, op, nhw, k, s, pad, dil), c * m], o, wide, 3)


@grid("FULLY_CONNECTED", dtypes=FILTERS + ["i16i4", "f32i2", "f32u8"], repeat=6)
def fully(rng, op, d):
    xd, wd, wide = kinds(rng, d)
    shape = shape_of(rng, int(rng.integers(1, 4)), 1, 5)
    cin, cout = shape[-1], int(rng.integers(1, 12))
    x = t(xd, shape, q=quant(rng, xd))
    w = weight(rng, wd, [cout, cin], 0, wd in ("i8", "i4", "i2") and rng.random() < .6)
    keep = bool(rng.integers(2))
    o = options("FullyConnectedOptions", quantizedBiasType=2 if d == "i16b32" else 0, keepNumDims=keep, fusedActivationFunction=str(rng.choice(ACTS)), asymmetricQuantizeInputs=bool(rng.integers(2)))
    out = [*shape[:-1], cout] if keep else [int(np.prod(shape)) // cin, cout]
    return filter_case(rng, op, x, w, cout, out, o, wide, 0, 12 if wide else 9)


@grid("TRANSPOSE_CONV", dtypes=["f32", "i8", "u8", "i16", "f32i8"], repeat=6)
def transpose_conv(rng, op, d):
    xd, wd, wide = kinds(rng, d)
    k, s = [int(v) for v in rng.integers(1, 4, 2)], [int(v) for v in rng.integers(1, 3, 2)]
    n, h, w_, cin, cout = int(rng.integers(1, 3)), *[int(v) for v in rng.integers(1, 5, 2)], int(rng.integers(1, 5)), int(rng.integers(1, 6))
    pad = int(rng.integers(2))
    out = [n, *[(i * st if pad == 0 else (i - 1) * st + kk) for i, st, kk in zip((h, w_), s, k)], cout]
    x = t(xd, [n, h, w_, cin], q=quant(rng, xd))
    w = weight(rng, wd, [cout, *k, cin], 0, xd != "u8" and rng.random() < .8)
    bias = None if rng.random() < .4 else bias_for(rng, x, w, cout, wide)
    y = t(xd, out, q=None if xd == "f32" else (float(np.float32(x["q"][0]) * np.mean(w["q"][0]) * 90), 0 if xd == "i16" else 3))
    o = options("TransposeConvOptions", padding=pad, strideH=s[0], strideW=s[1], fusedActivationFunction=str(rng.choice(["NONE", "RELU", "RELU6"])))
    return one(op, [t("i32", [4], out), w, x] + ([bias] if bias else []), [y], o, 4)


@grid("CONV_3D", "CONV_3D_TRANSPOSE", repeat=5)
def conv3d(rng, op, d):
    k, s = [int(v) for v in rng.integers(1, 3, 3)], [int(v) for v in rng.integers(1, 3, 3)]
    n, dhw, cin, cout, pad = int(rng.integers(1, 3)), [int(v) for v in rng.integers(2, 5, 3)], int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(2))
    o = options("Conv3DOptions", padding=pad, strideD=s[0], strideH=s[1], strideW=s[2], fusedActivationFunction=str(rng.choice(["NONE", "RELU", "RELU6"])))
    bias = t("f32", [cout], numbers(rng, "f32", [cout]))
    bias = [bias] if rng.random() < .7 else []
    if op == "CONV_3D":
        w = t("f32", [*k, cin, cout], numbers(rng, "f32", [*k, cin, cout]))
        return one(op, [t("f32", [n, *dhw, cin]), w] + bias, [t("f32", [1])], o)
    out = [n, *[(i * st if pad == 0 else (i - 1) * st + kk) for i, st, kk in zip(dhw, s, k)], cout]
    w = t("f32", [*k, cout, cin], numbers(rng, "f32", [*k, cout, cin]))
    return one(op, [t("i32", [5], out), w, t("f32", [n, *dhw, cin])] + bias, [t("f32", out)], o)


@grid("BATCH_MATMUL", dtypes=["f32", "i8", "i16", "i8i32", "f32i8", "i16i8"], repeat=5)
def matmul(rng, op, d):
    a, b, lead = broadcast_pair(rng, 3)
    n, k, m = [int(v) for v in rng.integers(1, 6, 3)]
    ax, ay = bool(rng.integers(2)), bool(rng.integers(2))
    xd, wd = {"i8i32": ("i8", "i8"), "f32i8": ("f32", "i8"), "i16i8": ("i16", "i8")}.get(d, (d, d))
    sa, sb = [*a, *([k, n] if ax else [n, k])], [*b, *([m, k] if ay else [k, m])]
    qa, qb = quant(rng, xd), quant(rng, wd)
    y = t(xd, [*lead, n, m], q=(.5 if xd == "i8" else .001, 0) if xd != "f32" else None)
    if d == "i8i32":
        y = t("i32", [*lead, n, m])
    w = t(wd, sb, q=qb)
    if d in ("f32i8", "i16i8"):
        w = t(wd, sb, numbers(rng, wd, sb), q=(qb[0], 0))
    o = options("BatchMatMulOptions", adjX=ax, adjY=ay, asymmetricQuantizeInputs=bool(rng.integers(2)))
    return one(op, [t(xd, sa, q=qa), w], [y], o, 4)


# ---- moving data

DATA = ["f32", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "bool", "f16", "f64", "str", "i4", "c64"]


@grid("RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE", "SLICE", "STRIDED_SLICE", "PAD", "PADV2", "MIRROR_PAD", "TILE", "GATHER", "GATHER_ND", "SPLIT", "SPLIT_V", "PACK",
      "UNPACK", "CONCATENATION", "REVERSE_V2", "REVERSE_SEQUENCE", "BROADCAST_TO", "SPACE_TO_DEPTH", "DEPTH_TO_SPACE", "SPACE_TO_BATCH_ND",
      "BATCH_TO_SPACE_ND", "SHAPE", "RANK", "SELECT", "SELECT_V2", "WHERE", "TOPK_V2", "UNIQUE", "FILL", "SCATTER_ND", "DYNAMIC_UPDATE_SLICE",
      "SPARSE_TO_DENSE", "MATRIX_DIAG", "MATRIX_SET_DIAG", "ONE_HOT", "DILATE", "SEGMENT_SUM", "UNSORTED_SEGMENT_SUM", "UNSORTED_SEGMENT_PROD",
      "UNSORTED_SEGMENT_MAX", "UNSORTED_SEGMENT_MIN", "EMBEDDING_LOOKUP", "RANGE", "BROADCAST_ARGS", "BUCKETIZE", dtypes=DATA, repeat=3)
def data(rng, op, d):
    q = quant(rng, d)
    x = lambda shape: t(d, shape, q=q)
    ints = lambda values, kind=None: t(kind or str(rng.choice(["i32", "i32", "i64"])), list(np.shape(values)), values)
    i32 = lambda values: ints(values, "i32")
    s = shape_of(rng, int(rng.integers(1, 5)), 1, 4)
    r = len(s)
    axis = int(rng.integers(-r, r))
    out = t(d, [1], q=q)
    if op == "RESHAPE":
        n = int(np.prod(s))
        return one(op, [x(s), i32([-1] if rng.random() < .5 else [1, n])], [out], options("ReshapeOptions"))
    if op == "SQUEEZE":
        dims = [] if rng.random() < .4 else [int(a) - 5 * int(rng.integers(2)) for a in rng.permutation([0, 2, 4])[:2]]
        return one(op, [x([1, 3, 1, 2, 1])], [out], options("SqueezeOptions", squeezeDims=dims))
    if op == "EXPAND_DIMS":
        return one(op, [x(s), ints(int(rng.integers(-r - 1, r + 1)))], [out])
    if op == "TRANSPOSE":
        s = shape_of(rng, int(rng.integers(1, 7)), 1, 4)
        return one(op, [x(s), i32([int(v) for v in rng.permutation(len(s))])], [out], options("TransposeOptions"))
    if op == "SLICE":
        s = shape_of(rng, int(rng.integers(1, 6)), 1, 4)
        begin = [int(rng.integers(0, n)) for n in s]
        size = [-1 if rng.random() < .3 else int(rng.integers(0 if rng.random() < .1 else 1, n - b, endpoint=True)) for b, n in zip(begin, s)]
        kind = str(rng.choice(["i32", "i64"]))
        return one(op, [x(s), ints(begin, kind), ints(size, kind)], [t(d, [1] * len(s), q=q)])
    if op == "STRIDED_SLICE":
        s = shape_of(rng, int(rng.integers(1, 5)), 1, 5)
        r = len(s)
        mask = lambda: int(rng.integers(0, 1 << r)) if rng.random() < .5 else 0
        stride = [int(v) for v in rng.choice([1, 1, 2, -1, -2], r)]
        begin, end = [int(rng.integers(-n, n)) for n in s], [int(rng.integers(-n - 1, n + 2)) for n in s]
        shrink = mask() if rng.random() < .3 else 0
        stride = [1 if shrink >> i & 1 else v for i, v in enumerate(stride)]
        o = options("StridedSliceOptions", beginMask=mask(), endMask=mask(), shrinkAxisMask=shrink, ellipsisMask=int(rng.choice([0, 0, 0, 1, 2])) & ((1 << r) - 1),
                    newAxisMask=int(rng.choice([0, 0, 0, 1, 2])) & ((1 << r) - 1), offset=False)
        return one(op, [x(s), i32(begin), i32(end), i32(stride)], [out], o, 4)
    if op in ("PAD", "PADV2"):
        s = shape_of(rng, int(rng.integers(1, 6)), 1, 4)
        pads = rng.integers(0, 3, (len(s), 2))
        kind = str(rng.choice(["i32", "i64", "i8", "i16"], p=[.4, .4, .1, .1]))
        value = [t(d, [], numbers(rng, d, []), q=q)] if op == "PADV2" else []
        return one(op, [x(s), ints(pads, kind)] + value, [out], version=4)
    if op == "MIRROR_PAD":
        s = shape_of(rng, int(rng.integers(1, 5)), 2, 4)
        mode = int(rng.integers(2))
        return one(op, [x(s), ints([[int(v) for v in rng.integers(0, n if mode == 0 else n + 1, 2)] for n in s])], [out], options("MirrorPadOptions", mode=mode))
    if op == "TILE":
        return one(op, [x(s), ints([int(v) for v in rng.integers(0 if rng.random() < .1 else 1, 3, r)])], [out])
    if op == "GATHER":
        batch = int(rng.integers(0, 2)) if r > 1 else 0
        axis = int(rng.integers(batch, r))
        ids = [*s[:batch], *shape_of(rng, int(rng.integers(0, 3)), 1, 3)]
        kind = str(rng.choice(["i32", "i64", "i16"]))
        o = options("GatherOptions", axis=axis - (r if rng.random() < .3 else 0), batchDims=batch)
        return one(op, [x(s), t(kind, ids, rng.integers(0, s[axis], ids))], [out], o, 4)
    if op == "GATHER_ND":
        depth = int(rng.integers(0 if rng.random() < .1 else 1, r, endpoint=True))
        rows = shape_of(rng, int(rng.integers(0, 3)), 1, 3)
        ids = np.stack([rng.integers(0, s[i], rows) for i in range(depth)], -1) if depth else np.zeros([*rows, 0], int)
        kind = str(rng.choice(["i32", "i64", "i16"]))
        return one(op, [x(s), t(kind, list(ids.shape), ids)], [out], version=3)
    if op in ("SPLIT", "SPLIT_V"):
        n = int(rng.integers(1, 4))
        s[axis] = s[axis] * n
        if op == "SPLIT":
            return one(op, [i32(axis), x(s)], [t(d, [1], q=q) for _ in range(n)], options("SplitOptions", numSplits=n))
        sizes = [int(v) for v in rng.integers(0 if rng.random() < .2 else 1, 4, n)]
        s[axis] = max(1, sum(sizes))
        sizes[-1] += s[axis] - sum(sizes)
        if rng.random() < .3:
            sizes[int(rng.integers(n))] = -1
        return one(op, [x(s), ints(sizes), i32(axis)], [t(d, [1], q=q) for _ in range(n)], options("SplitVOptions", numSplits=n))
    if op == "PACK":
        n = int(rng.integers(1, 4))
        return one(op, [x(s) for _ in range(n)], [out], options("PackOptions", valuesCount=n, axis=int(rng.integers(-r - 1, r + 1))))
    if op == "UNPACK":
        return one(op, [x(s)], [t(d, [1], q=q) for _ in range(s[axis])], options("UnpackOptions", num=s[axis], axis=axis))
    if op == "CONCATENATION":
        n = int(rng.integers(1, 4))
        ins = [x([v if i != axis % r else int(rng.integers(1, 4)) for i, v in enumerate(s)]) for _ in range(n)]
        if d == "u8":
            for y in ins:
                y["q"] = quant(rng, d)
        return one(op, ins, [out], options("ConcatenationOptions", axis=axis))
    if op == "REVERSE_V2":
        return one(op, [x(s), i32([int(v) for v in rng.permutation(r)[:rng.integers(1, r + 1)]])], [out])
    if op == "REVERSE_SEQUENCE":
        if r < 2:
            return None
        b, sq = [int(v) for v in rng.permutation(r)[:2]]
        return one(op, [x(s), ints(rng.integers(0, s[sq], s[b], endpoint=True))], [out], options("ReverseSequenceOptions", seqDim=sq, batchDim=b))
    if op == "BROADCAST_TO":
        s = shape_of(rng, int(rng.integers(0, 6)), 1, 3)
        a = [1 if rng.random() < .4 else v for v in s][int(rng.integers(0, len(s) + 1)):] if s else []
        return one(op, [x(a), ints(s)], [out], version=2)
    if op == "SPACE_TO_DEPTH":
        return one(op, [x([int(rng.integers(1, 3)), 4, 6, int(rng.integers(1, 4))])], [out], options("SpaceToDepthOptions", blockSize=2))
    if op == "DEPTH_TO_SPACE":
        return one(op, [x([int(rng.integers(1, 3)), 2, 3, 8])], [out], options("DepthToSpaceOptions", blockSize=2))
    if op == "SPACE_TO_BATCH_ND":
        if rng.random() < .3:
            return one(op, [x([2, 4, 3]), i32([2]), i32([[1, 1]])], [out], version=2)
        return one(op, [x([1, 4, 5, int(rng.integers(1, 3))]), i32([2, 3]), i32([[1, 1], [0, 1]])], [out], version=2)
    if op == "BATCH_TO_SPACE_ND":
        if rng.random() < .3:
            return one(op, [x([4, 2, 3]), i32([2]), i32([[1, 0]])], [out], version=2)
        return one(op, [x([6, 3, 2, 2]), i32([2, 3]), i32([[1, 0], [0, 2]])], [out], version=2)
    if op == "SHAPE":
        k = int(rng.integers(2))
        return one(op, [x(s)], [t(["i32", "i64"][k], [r])], options("ShapeOptions", outType=[2, 4][k]))
    if op == "RANK":
        return one(op, [x(s)], [t("i32", [])])
    if op == "SELECT":
        c = t("bool", s if rng.random() < .5 else [s[0]])
        return one(op, [c, x(s), x(s)], [out])
    if op == "SELECT_V2":
        a, b, o = broadcast_pair(rng, 4)
        c = [1 if rng.random() < .3 else v for v in o]
        return one(op, [t("bool", c), x(a), x(b)], [t(d, o, q=q)])
    if op == "WHERE":
        return one(op, [x(s)], [t("i64", [1, r])])
    if op == "TOPK_V2":
        k = int(rng.integers(1, s[-1] + 1))
        kind = str(rng.choice(["i32", "i16"]))
        return one(op, [x(s), t(kind, [], k)], [out, t(kind if rng.random() < .3 else "i32", [1])])
    if op == "UNIQUE":
        k = int(rng.integers(2))
        feed = None if d in ("f32", "bool", "str", "f16", "f64", "i4", "c64", "u16") else (lambda r_: [r_.integers(0, 5, [9]).astype(x([9])["dtype"].replace("i", "i").replace("u", "u") and dict(i8="i1", u8="u1", i16="i2", i32="i4", u32="u4", i64="i8")[d])])
        return one(op, [x([9])], [out, t(["i32", "i64"][k], [9])], options("UniqueOptions", idxOutType=[2, 4][k]), feed=feed)
    if op == "FILL":
        return one(op, [ints(s), x([])], [out])
    if op == "SCATTER_ND":
        depth = int(rng.integers(1, r, endpoint=True))
        rows = [int(rng.integers(1, 5))]
        ids = np.stack([rng.integers(0, s[i], rows) for i in range(depth)], -1)
        return one(op, [i32(ids), x([*rows, *s[depth:]]), i32(s)], [out])
    if op == "DYNAMIC_UPDATE_SLICE":
        u = [int(rng.integers(1, v + 1)) for v in s]
        return one(op, [x(s), x(u), ints([int(v) for v in rng.integers(-2, 6, r)])], [out])
    if op == "SPARSE_TO_DENSE":
        n = int(rng.integers(1, 4))
        k = str(rng.choice(["i32", "i64"]))
        cells = np.array(np.unravel_index(np.sort(rng.choice(int(np.prod(s)), min(n, int(np.prod(s))), replace=False)), s)).T
        return one(op, [t(k, list(cells.shape), cells), t(k, [r], s), x([len(cells)] if rng.random() < .7 else []), t(d, [], numbers(rng, d, []), q=q)], [out], options("SparseToDenseOptions"), 3)
    if op.startswith("MATRIX") and d in ("str", "f16", "f64", "c64", "u16", "bool", "u32"):
        return None        # LiteRT copies four bytes an element, whatever it has.
    if op == "MATRIX_DIAG":
        return one(op, [x(s)], [out])
    if op == "MATRIX_SET_DIAG":
        s = [*s[:-1], 3, 4]
        return one(op, [x(s), x([*s[:-2], 3])], [out])
    if op == "ONE_HOT":
        on, off = (t(d, [], numbers(rng, d, [])) for _ in range(2))
        return one(op, [t("i32" if rng.random() < .7 else "i64", s, rng.integers(-1, 4, s)), i32(4), on, off], [t(d, [1])], options("OneHotOptions", axis=int(rng.integers(-1, r))))
    if op == "DILATE":
        return one(op, [x(s), i32([int(v) for v in rng.integers(1, 3, r)]), t(d, [1], [numbers(rng, d, [])], q=q)], [out], options("DilateOptions"))
    if op == "SEGMENT_SUM":
        return one(op, [x(s), i32(sorted(int(v) for v in rng.integers(0, 3, s[0])))], [out])
    if op.startswith("UNSORTED"):
        ids = [int(v) for v in rng.integers(-1 if rng.random() < .2 else 0, 3, s[0])]
        return one(op, [x(s), i32(ids), i32([3])], [out])
    if op == "EMBEDDING_LOOKUP":
        rows = [5, *s[1:], 4]
        return one(op, [i32(rng.integers(0, 5, 6)), t(d, rows, numbers(rng, d, rows), q=q)], [t("f32" if d in ("i8", "i4") else d, [1])], version=4)
    if op == "RANGE":
        lo, hi, st = (t(d, [], v) for v in [(1, 9, 2), (7, -2, -3), (0, 4, 1)][int(rng.integers(3))]) if d in ("f32", "i32", "i64", "i8", "i16") else (t(d, []),) * 3
        return one(op, [lo, hi, st], [t(d, [1])]) if d in ("f32", "i32", "i64") else None
    if op == "BROADCAST_ARGS":
        a, b, _ = broadcast_pair(rng, 4)
        return one(op, [t(d, [len(a)], a), t(d, [len(b)], b)], [t(d, [1])]) if d in ("i32", "i64") else None
    if op == "BUCKETIZE":
        return one(op, [x(s)], [t("i32", s)], options("BucketizeOptions", boundaries=[-1.5, 0., 2.])) if d in ("f32", "i32", "i64", "f64", "i8") else None
    raise KeyError(op)


@grid("CAST", dtypes=["f32", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "bool", "f16", "f64", "c64", "bf16", "i4"])
def cast_all(rng, op, d):
    return None


NUMBER = dict(f32=0, f16=1, i32=2, u8=3, i64=4, bool=6, i16=7, c64=8, i8=9, f64=10, u64=12, u32=15, u16=16, i4=17)


def cast(rng, op, pair):
    a, b = pair.split("_")
    return one(op, [t(a, [3, 5])], [t(b, [3, 5])], options("CastOptions", inDataType=NUMBER[a], outDataType=NUMBER[b]), 5)


CASES[:] = [c for c in CASES if c[0].split(".")[0] != "CAST"]
grid("CAST", dtypes=[f"{a}_{b}" for a in NUMBER for b in NUMBER if a != "i4" or b != "i4"])(cast)
grid("BITCAST", dtypes=["f32_i32", "i32_u32", "f32_u8", "i16_u16", "i64_f64", "i8_u8"])(
    lambda rng, op, p: one(op, [t(p.split("_")[0], [3, 4])], [t(p.split("_")[1], [3, 4, 4] if p == "f32_u8" else [3, 4])]))


@grid("QUANTIZE", dtypes=[f"{a}_{b}" for a in ("f32", "i8", "u8", "i16", "i32") for b in ("i8", "u8", "i16", "i32", "i4")], repeat=3)
def quantize(rng, op, p):
    a, b = p.split("_")
    qs = lambda d: (float(rng.uniform(.001, .2)), int(rng.integers(-5, 6)) if d != "i16" and d != "i32" else 0)
    qb = quant(rng, b) or qs(b)
    if a == "f32" and b in ("i8", "u8") and rng.random() < .4:
        qb = (rng.uniform(.01, .1, 5), rng.integers(0, 9, 5), 1)
    return one(op, [t(a, [3, 5], q=None if a == "f32" else quant(rng, a) or qs(a))], [t(b, [3, 5], q=qb)], version=3)


@grid("DEQUANTIZE", dtypes=["i8", "u8", "i16", "i32", "f16", "i4", "i2", "u4"], repeat=3)
def dequantize(rng, op, d):
    if d == "u4":
        return None
    q = (.03, 2 if d not in ("i16", "i32") else 0)
    if d in ("i8", "u8") and rng.random() < .4:
        q = (rng.uniform(.01, .1, 5), rng.integers(0, 9, 5), 1)
    return one(op, [t(d, [3, 5], numbers(rng, d, [3, 5]) if d in ("i4", "i2") else None, q=None if d == "f16" else q)], [t("f32", [3, 5])], version=5)


@grid("PRELU", dtypes=["f32", "i8", "u8", "i16"], repeat=4)
def prelu(rng, op, d):
    s = shape_of(rng, int(rng.integers(1, 5)))
    alpha = [1] * (len(s) - 1) + [s[-1]] if rng.random() < .7 else s
    a = "i8" if d == "i16" else d
    qa = (.02, 0) if d == "i16" else quant(rng, d)
    return one(op, [t(d, s, q=quant(rng, d)), t(a, alpha, numbers(rng, a, alpha), q=qa)], [t(d, s, q=quant(rng, d, .1, .4))])


@grid("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", dtypes=["f32", "i8", "u8", "i16", "i32"], repeat=4)
def resize(rng, op, d):
    align, half = [(0, 0), (1, 0), (0, 1)][int(rng.integers(3))]
    kind = "ResizeBilinearOptions" if "BILINEAR" in op else "ResizeNearestNeighborOptions"
    q = quant(rng, d)
    size = [int(v) for v in rng.integers(1, 9, 2)]
    s = [int(rng.integers(1, 3)), *[int(v) for v in rng.integers(1, 6, 2)], int(rng.integers(1, 4))]
    return one(op, [t(d, s, q=q), t("i32", [2], size)], [t(d, [1], q=q)], options(kind, alignCorners=bool(align), halfPixelCenters=bool(half)), 3)


@grid("LOCAL_RESPONSE_NORMALIZATION", repeat=2)
def lrn(rng, op, d):
    # LiteRT's reference leaves the last neighbour out, so that a radius is only right where there is none.
    return one(op, [t(d, [1, 2, 3, 1])], [t(d, [1, 2, 3, 1])], options("LocalResponseNormalizationOptions", radius=2, bias=1., alpha=.3, beta=float(rng.choice([.5, .75]))))


@grid("FAKE_QUANT", repeat=3)
def fake(rng, op, d):
    return one(op, [t(d, [3, 4])], [t(d, [3, 4])], options("FakeQuantOptions", min=-1.3, max=2.1, numBits=int(rng.choice([4, 8, 16]))))


@grid("REAL", "IMAG", "COMPLEX_ABS", dtypes=["c64"])
def parts(rng, op, d):
    return one(op, [t(d, [3, 4])], [t("f32", [3, 4])])


@grid("RFFT2D", repeat=3)
def rfft(rng, op, d):
    size = [int(v) for v in rng.choice([2, 4, 8], 2)]
    return one(op, [t("f32", [2, 5, 6]), t("i32", [2], size)], [t("c64", [1])])


# ---- recurrent

def lstm_inputs(rng, batch, feats, units, out, weights, cifg, peephole, proj, norm, aux=0):
    def w(*s):
        if weights == "f32":
            return t("f32", list(s), numbers(rng, "f32", s, -1, 1))
        return t("i8", list(s), numbers(rng, "i8", s), q=(float(rng.uniform(.003, .01)), 0))
    f = lambda *s: t("f32", list(s), numbers(rng, "f32", s, -1, 1))
    gate = lambda make: [None if cifg else make(), make(), make(), make()]
    diag = lambda: w(units)
    ins = gate(lambda: w(units, feats)) + gate(lambda: w(units, out))
    ins += [None if cifg or not peephole else diag()] + ([diag(), diag()] if peephole else [None, None])
    ins += gate(lambda: f(units))
    ins += [w(out, units) if proj else None, f(out) if proj and rng.random() < .5 else None]
    state = [t("f32", [batch, out], variable=True), t("f32", [batch, units], variable=True)]
    norms = gate(lambda: f(units)) if norm else [None] * 4
    return ins, state, norms


@grid("UNIDIRECTIONAL_SEQUENCE_LSTM", "LSTM", dtypes=["f32", "f32i8"], repeat=8)
def lstm(rng, op, d):
    batch, time, feats, units = [int(v) for v in rng.integers(1, 5, 4)]
    cifg, peephole, proj, norm, major = [bool(v) for v in rng.integers(0, 2, 5)]
    out = int(rng.integers(1, 5)) if proj else units
    sequence = op != "LSTM"
    shape = [time, batch, feats] if sequence and major else [batch, time, feats] if sequence else [batch, feats]
    ins, state, norms = lstm_inputs(rng, batch, feats, units, out, "f32" if d == "f32" else "i8", cifg, peephole, proj, norm)
    kw = dict(fusedActivationFunction="TANH", cellClip=float(rng.choice([0, .5])), projClip=float(rng.choice([0, .4])), asymmetricQuantizeInputs=bool(rng.integers(2)))
    o = options("UnidirectionalSequenceLSTMOptions", timeMajor=major, **kw) if sequence else options("LSTMOptions", kernelType=0, **kw)
    return one(op, [t("f32", shape), *ins, *state, *norms], [t("f32", [*shape[:-1], out])], o, 3 if d != "f32" else 1)


@grid("LSTM", dtypes=["f32", "u8"], tag="basic_", repeat=2)
def basic(rng, op, d):
    b, x, n = 2, 3, (4 if d == "f32" else 32)
    if d == "u8":
        return None
    ins = [t("f32", [b, x]), t("f32", [b, n]), t("f32", [4 * n, x + n], numbers(rng, "f32", [4 * n, x + n], -1, 1)), t("f32", [4 * n], numbers(rng, "f32", [4 * n])), t("f32", [b, n])]
    outs = [t("f32", [b, n]), t("f32", [b, n]), t("f32", [b, x + n]), t("f32", [b, 4 * n])]
    return one(op, ins, outs, options("LSTMOptions", kernelType=1, fusedActivationFunction="TANH"), 2)


@grid("BIDIRECTIONAL_SEQUENCE_LSTM", dtypes=["f32", "f32i8"], repeat=8)
def bilstm(rng, op, d):
    batch, time, feats, units = [int(v) for v in rng.integers(1, 5, 4)]
    cifg, peephole, proj, _, major = [bool(v) for v in rng.integers(0, 2, 5)]
    out = int(rng.integers(1, 5)) if proj else units
    w = "f32" if d == "f32" else "i8"
    fw, fs, _ = lstm_inputs(rng, batch, feats, units, out, w, cifg, peephole, proj, False)
    bw, bs, _ = lstm_inputs(rng, batch, feats, units, out, w, cifg, peephole, proj, False)
    # LiteRT reads behind the states of merged layers that are batch major.
    merge = bool(rng.integers(2)) and (major or batch == 1)
    shape = [time, batch, feats] if major else [batch, time, feats]
    ins = [t("f32", shape), *fw, *bw, *fs, *bs, None, *[None] * 8]
    outs = [t("f32", [*shape[:-1], out * 2 if merge else out])] + ([] if merge else [t("f32", [*shape[:-1], out])])
    o = options("BidirectionalSequenceLSTMOptions", fusedActivationFunction="TANH", timeMajor=major, mergeOutputs=merge, cellClip=float(rng.choice([0, .5])), asymmetricQuantizeInputs=bool(rng.integers(2)))
    return one(op, ins, outs, o, 3 if d != "f32" else 1)


def rnn_weights(rng, d, units, feats, batch):
    m = (lambda *s: t("f32", list(s), numbers(rng, "f32", s, -1, 1))) if d == "f32" else (lambda *s: t("i8", list(s), numbers(rng, "i8", s), q=(.006, 0)))
    return [m(units, feats), m(units, units), t("f32", [units], numbers(rng, "f32", [units]))], t("f32", [batch, units], variable=True)


@grid("RNN", "UNIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_RNN", dtypes=["f32", "f32i8"], repeat=6)
def rnn(rng, op, d):
    batch, time, feats, units = [int(v) for v in rng.integers(1, 5, 4)]
    major = bool(rng.integers(2)) and op != "RNN"
    shape = [batch, feats] if op == "RNN" else [time, batch, feats] if major else [batch, time, feats]
    w, state = rnn_weights(rng, d, units, feats, batch)
    kw = dict(fusedActivationFunction=str(rng.choice(["NONE", "RELU", "TANH"])), asymmetricQuantizeInputs=bool(rng.integers(2)))
    if op != "BIDIRECTIONAL_SEQUENCE_RNN":
        o = options("RNNOptions", **kw) if op == "RNN" else options("SequenceRNNOptions", timeMajor=major, **kw)
        return one(op, [t("f32", shape), *w, state], [t("f32", [*shape[:-1], units])], o, 2)
    w2, state2 = rnn_weights(rng, d, units, feats, batch)
    merge = bool(rng.integers(2))
    # LiteRT runs a hybrid layer that is time major as many times as there are steps, and one that is batch major reads no
    # auxiliary sequence that has no matrices.
    major = major and d == "f32"
    shape = [time, batch, feats] if major else [batch, time, feats]
    aux = int(rng.choice([0, 1, 2] if major else [0, 2]))
    a = t("f32", shape) if aux else None
    m = (lambda: rnn_weights(rng, d, units, feats, batch)[0][0]) if aux == 2 else (lambda: None)
    o = options("BidirectionalSequenceRNNOptions", timeMajor=major, mergeOutputs=merge, **kw)
    outs = [t("f32", [*shape[:-1], units * (2 if merge else 1)])] + ([] if merge else [t("f32", [*shape[:-1], units])])
    return one(op, [t("f32", shape), *w, state, *w2, state2, a, m(), m()], outs, o, 2)


@grid("SVDF", dtypes=["f32", "f32i8", "i8"], repeat=5)
def svdf(rng, op, d):
    batch, feats, units, rank, memory = [int(v) for v in rng.integers(1, 5, 5)]
    n = units * rank
    o = options("SVDFOptions", rank=rank, fusedActivationFunction=str(rng.choice(["NONE", "RELU"])), asymmetricQuantizeInputs=bool(rng.integers(2)))
    if d == "i8":
        o.fusedActivationFunction = 1
        ins = [t("i8", [batch, feats], q=(.02, int(rng.integers(-9, 9)))), t("i8", [n, feats], numbers(rng, "i8", [n, feats]), q=(.01, 0)), t("i16", [n, memory], numbers(rng, "i16", [n, memory]), q=(.0001, 0)),
               t("i32", [units], rng.integers(-9000, 9000, units), q=(1e-7, 0)), t("i16", [batch, memory * n], variable=True, q=(.002, 0))]
        return one(op, ins, [t("i8", [batch, units], q=(.1, int(rng.integers(-128, 0))))], o, 3)
    w = (lambda *s: t("f32", list(s), numbers(rng, "f32", s))) if d == "f32" else (lambda *s: t("i8", list(s), numbers(rng, "i8", s), q=(.02, 0)))
    bias = t("f32", [units], numbers(rng, "f32", [units])) if rng.random() < .7 else None
    return one(op, [t("f32", [batch, feats]), w(n, feats), w(n, memory), bias, t("f32", [batch, memory * n], variable=True)], [t("f32", [batch, units])], o, 2)


# ---- the rest

@grid("EMBEDDING_LOOKUP_SPARSE", repeat=4)
def sparse_lookup(rng, op, d):
    table = t("f32", [6, 2, 3], numbers(rng, "f32", [6, 2, 3]))
    ids, rows = t("i32", [5], rng.integers(0, 6, 5)), t("i32", [5, 2], [[0, 0], [0, 1], [1, 0], [3, 0], [3, 2]])
    return one(op, [ids, rows, t("i32", [2], [4, 3]), t("f32", [5], numbers(rng, "f32", [5])), table], [t("f32", [1])], options("EmbeddingLookupSparseOptions", combiner=int(rng.integers(3))))


@grid("HASHTABLE_LOOKUP", dtypes=["f32", "i8", "str", "i32"])
def hash_lookup(rng, op, d):
    feed = lambda r: [np.array([3, 99, 8, 1], "i4")]
    return one(op, [t("i32", [4]), t("i32", [3], [1, 3, 8]), t(d, [3] if d == "str" else [3, 2], numbers(rng, d, [3] if d == "str" else [3, 2]))], [t(d, [4] if d == "str" else [4, 2]), t("u8", [4])], feed=feed)


@grid("LSH_PROJECTION", dtypes=["i32", "f32"], repeat=4)
def lsh(rng, op, d):
    h = t("f32", [3, 2], numbers(rng, "f32", [3, 2]))
    x = t(d, [5, 2], None)
    w = [t("f32", [5], np.abs(numbers(rng, "f32", [5])))] if rng.random() < .5 else []
    return one(op, [h, x] + w, [t("i32", [1])], options("LSHProjectionOptions", type=int(rng.integers(1, 3))))


@grid("SKIP_GRAM", repeat=3)
def skip_gram(rng, op, d):
    o = options("SkipGramOptions", ngramSize=int(rng.integers(1, 4)), maxSkipSize=int(rng.integers(0, 3)), includeAllNgrams=bool(rng.integers(2)))
    return one(op, [t("str", [1])], [t("str", [1])], o, feed=lambda r: [np.array([b"the quick  brown fox jumps"], object)])


@grid("NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5", repeat=3)
def nms(rng, op, d):
    corner = lambda r: np.concatenate([r.uniform(0, 4, (9, 2)), r.uniform(2, 8, (9, 2))], 1).astype("f4")
    f = lambda v: t("f32", [], v)
    ins = [t("f32", [9, 4]), t("f32", [9]), t("i32", [], 5), f(.4), f(.2)]
    feed = lambda r: [corner(r), r.uniform(0, 1, 9).astype("f4")]
    if op.endswith("V4"):
        return one(op, ins, [t("i32", [5]), t("i32", [])], feed=feed)
    return one(op, ins + [f(float(rng.choice([0, .5])))], [t("i32", [5]), t("f32", [5]), t("i32", [])], feed=feed)


def flexbuffer(**fields):
    from flatbuffers import flexbuffers as fb
    b = fb.Builder()
    with b.Map():
        for k, v in fields.items():
            if isinstance(v, bool):
                b.Bool(k, v)
            elif isinstance(v, int):
                b.Int(k, v)
            else:
                b.Float(k, v)
    return bytes(b.Finish())


@grid("TFLite_Detection_PostProcess", dtypes=["f32", "u8"], repeat=5)
def detection(rng, op, d):
    n, classes = int(rng.integers(4, 12)), int(rng.integers(1, 4))
    label = int(rng.integers(0, 2))
    regular = bool(rng.integers(2))
    o = flexbuffer(max_detections=int(rng.integers(2, 6)), max_classes_per_detection=int(rng.integers(1, classes + 1)), detections_per_class=int(rng.integers(1, 5)), use_regular_nms=regular,
                   nms_score_threshold=float(rng.choice([0., .3])), nms_iou_threshold=float(rng.choice([.5, .6])), num_classes=classes, y_scale=10., x_scale=10., h_scale=5., w_scale=5.)
    anchors = np.concatenate([rng.uniform(0, 1, (n, 2)), rng.uniform(.2, .6, (n, 2))], 1)
    q = lambda s, z: (s, z) if d == "u8" else None
    a = t(d, [n, 4], anchors if d == "f32" else np.clip(np.round(anchors / .01), 0, 255), q=q(.01, 0))
    outs = [t("f32", [1]) for _ in range(4)]
    feed = None if d == "u8" else (lambda r: [r.uniform(-1, 1, (1, n, 4)).astype("f4"), r.uniform(0, 1, (1, n, classes + label)).astype("f4")])
    return one(op, [t(d, [1, n, 4], q=q(.02, 128)), t(d, [1, n, classes + label], q=q(1 / 256, 0)), a], outs, o, feed=feed)


@grid("RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL", "MULTINOMIAL", dtypes=["i32", "i64"])
def random_op(rng, op, d):
    o = options("RandomOptions", seed=int(rng.integers(1, 9999)), seed2=int(rng.integers(1, 9999)))
    if op == "MULTINOMIAL":
        return one(op, [t("f32", [2, 5]), t("i32", [], 6)], [t(d, [1])], o)
    return one(op, [t("i32", [2], [3, 4])], [t("f32", [1])], o) if d == "i32" else None


@grid("REDUCE_WINDOW", dtypes=["f32", "i32", "i8", "i16", "i64", "u8", "bool"], repeat=3)
def reduce_window(rng, op, d):
    f = int(rng.integers(1, 7))
    v = lambda x: t("i64", [2], x)
    return one(op, [t(d, [5, 6]), t(d, [], numbers(rng, d, [])), v([2, 3]), v([1, 2]), v([1, 1]), v([1, 1])], [t(d, [1])], options("ReduceWindowOptions", reduceFunction=f))


@grid("STABLEHLO_ADD", "STABLEHLO_MULTIPLY", "STABLEHLO_MAXIMUM", "STABLEHLO_MINIMUM", "STABLEHLO_AND", "STABLEHLO_SHIFT_LEFT", "STABLEHLO_CBRT",
      dtypes=["f32", "i8", "i16", "i32", "i64", "bool", "u8"], repeat=1)
def hlo(rng, op, d):
    ins = [t(d, [3, 4]) for _ in range(1 if op.endswith("CBRT") else 2)]
    feed = (lambda r: [r.integers(0, 9, (3, 4)).astype(dict(i8="i1", i16="i2", i32="i4", i64="i8", u8="u1")[d]) for _ in ins]) if "SHIFT" in op and d[0] in "iu" else None
    return one(op, ins, [t(d, [3, 4])], options("StablehloShiftLeftOptions") if "SHIFT" in op else None, feed=feed)


@grid("STABLEHLO_PAD", "STABLEHLO_GATHER", dtypes=["f32", "i8", "i32", "i64", "i16", "u8", "bool"], repeat=2)
def hlo_more(rng, op, d):
    if op.endswith("PAD"):
        o = options("StablehloPadOptions", edgePaddingLow=[int(v) for v in rng.integers(-1, 3, 2)], edgePaddingHigh=[int(v) for v in rng.integers(-1, 3, 2)], interiorPadding=[int(v) for v in rng.integers(0, 2, 2)])
        return one(op, [t(d, [3, 4]), t(d, [], numbers(rng, d, []))], [t(d, [1])], o)
    o = options("StablehloGatherOptions", offsetDims=[2, 3], collapsedSliceDims=[0], startIndexMap=[1, 0], indexVectorDim=2, sliceSizes=[1, 2, 2], indicesAreSorted=False)
    return one(op, [t(d, [3, 4, 2]), t("i64", [2, 3, 2], rng.integers(0, 3, (2, 3, 2)))], [t(d, [2, 3, 2, 2])], o)
