"""Models that TensorFlow 2 and Keras save, of many kinds: what `freeze.py` freezes and holds against the model itself.

Each maker writes a model below a folder and yields the jobs for it. One maker, one kind.
"""
import dataclasses, os
import numpy as np
import tensorflow as tf

MODELS = {}
RNG = np.random.default_rng(7)


class Missing(Exception):
    """A package that this kind of model needs is not there."""


@dataclasses.dataclass
class Job:
    """What to freeze, and what calls in a row give."""
    source: list            # arguments of `floe freeze`
    calls: list = ()        # (feeds, wanted outputs), each by the signature's key or the tensor's name
    name: str = ""
    refused: tuple = ()     # words of the error when it cannot be frozen


def model(make):
    MODELS[make.__name__] = make
    return make


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def variable(*shape, **options):
    return tf.Variable(normal(*shape), **options)


def spec(shape, dtype=tf.float32, name=None):
    return tf.TensorSpec(shape, dtype, name)


def saved(folder, module, signatures=None, calls=None, options=None, save=None, tags=None):
    """Saves `module` and yields a job for each signature. `calls`: feeds in a row, by key of the signature."""
    path = os.path.join(folder, "model")
    if save:
        save(path)
    else:
        tf.saved_model.save(module, path, signatures, options)
    yield from loaded(path, calls)


def loaded(path, calls):
    for key, feeds in calls.items():
        runner = tf.saved_model.load(path).signatures[key]
        results = []
        for feed in feeds:
            got = runner(**{k: tf.constant(v) for k, v in feed.items()})
            results.append((feed, {k: v.numpy() for k, v in got.items()}))
        yield Job([path, "--signature", key], results, key)


def serving(*feeds):
    return {"serving_default": list(feeds)}


class Module(tf.Module):
    """A module whose function `call` is given."""
    def __init__(self, call, *specs, **attributes):
        super().__init__()
        for name, value in attributes.items():
            setattr(self, name, value)
        self.call = tf.function(lambda *a: call(self, *a), input_signature=specs)


def function(folder, call, specs, feeds, options=None, **attributes):
    """Saves one function of a module with `attributes`; `feeds` are lists of arrays."""
    m = Module(call, *specs, **attributes)
    names = [s.name for s in specs]
    path = os.path.join(folder, "model")
    tf.saved_model.save(m, path, {"serving_default": m.call}, options)
    yield from loaded(path, serving(*[dict(zip(names, f)) for f in feeds]))


X = spec([None, 4], name="x")


# ---- Keras 3

def keras_model(folder, m, *feeds):
    """Both ways in which Keras writes a SavedModel."""
    for way, save in (("save", lambda p: tf.saved_model.save(m, p)), ("export", lambda p: m.export(p, verbose=False))):
        path = os.path.join(folder, way)
        save(path)
        keys = list(tf.saved_model.load(path).signatures["serving_default"].structured_input_signature[1])
        for job in loaded(path, serving(*[dict(zip(sorted(keys), f)) for f in feeds])):
            job.name = way
            yield job


@model
def keras_sequential(folder):
    import keras
    layers = keras.layers
    m = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
                          layers.SeparableConv2D(6, 3), layers.MaxPooling2D(), layers.Dropout(0.5), layers.Flatten(), layers.Dense(3, "softmax")])
    m.layers[1].moving_mean.assign(normal(4))
    yield from keras_model(folder, m, [normal(2, 8, 8, 3)], [normal(1, 8, 8, 3)])


@model
def keras_functional_shared(folder):
    """Layers used twice, a nested model, two inputs and two outputs."""
    import keras
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, "tanh"), keras.layers.LayerNormalization()])
    d = keras.layers.Dense(4, "gelu")
    p, q = d(inner(a)), d(inner(b))
    m = keras.Model([a, b], {"zsum": p + q, "dist": keras.ops.sum(p * q, -1, keepdims=True)})
    yield from keras_model(folder, m, [normal(3, 6), normal(3, 6)])


@model
def keras_subclass(folder):
    import keras

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [keras.layers.Dense(5, "relu") for _ in range(3)]
            self.table = {"one": keras.layers.Dense(2), "two": keras.layers.Dense(2)}

        def call(self, x, training=False):
            for block in self.blocks:
                x = block(x)
            return self.table["one"](x) - self.table["two"](x)

    m = Net()
    m(normal(1, 5))
    yield from saved(folder, m, tf.function(lambda x: {"y": m(x)}, input_signature=[spec([None, 5], name="x")]), serving({"x": normal(2, 5)}))


@model
def keras_recurrent(folder):
    import keras
    layers = keras.layers
    m = keras.Sequential([keras.Input((7,), dtype="int32"), layers.Embedding(20, 6, mask_zero=True), layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
                          layers.GRU(4), layers.Dense(2)])
    yield from keras_model(folder, m, [np.array([[1, 2, 3, 0, 0, 0, 0], [4, 5, 6, 7, 8, 9, 10]], np.int32)])


@model
def keras_attention(folder):
    import keras
    x = keras.Input((None, 8))
    y = keras.layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    y = keras.layers.LayerNormalization()(x + y)
    m = keras.Model(x, keras.layers.GlobalAveragePooling1D()(y))
    yield from keras_model(folder, m, [normal(2, 5, 8)], [normal(1, 3, 8)])


@model
def keras_preprocessing(folder):
    """Normalization, a vocabulary and text in front of a network."""
    import keras
    vocabulary = ["ice", "snow", "floe"]
    text = keras.Input((), dtype="string", name="t")
    ids = keras.layers.StringLookup(vocabulary=vocabulary)(text)
    x = keras.Input((3,), name="x")
    norm = keras.layers.Normalization(mean=[1., 2., 3.], variance=[1., 4., 9.])(x)
    y = keras.layers.Concatenate()([keras.layers.Embedding(4, 3)(ids), norm])
    m = keras.Model([text, x], keras.layers.Dense(2)(y))
    yield from keras_model(folder, m, [np.array([b"ice", b"?", b"floe"]), normal(3, 3)])


@model
def keras_text_vectorization(folder):
    import keras
    layer = keras.layers.TextVectorization(max_tokens=20, output_sequence_length=5, vocabulary=["ice", "snow", "on", "the", "floe"])
    t = keras.Input((), dtype="string", name="t")
    m = keras.Model(t, keras.layers.Embedding(20, 3)(layer(t)))
    yield from keras_model(folder, m, [np.array([b"The ICE, on the floe!", b""])])


@model
def keras_integer_lookup(folder):
    import keras
    i = keras.Input((2,), dtype="int64", name="i")
    m = keras.Model(i, keras.layers.IntegerLookup(vocabulary=[10, 20, 30], output_mode="multi_hot", num_oov_indices=2)(i))
    yield from keras_model(folder, m, [np.array([[10, 11], [30, 30]], np.int64)])


@model
def keras_mixed_precision(folder):
    import keras
    policy = keras.mixed_precision.DTypePolicy("mixed_bfloat16")
    x = keras.Input((6,))
    y = keras.layers.Dense(5, "relu", dtype=policy)(x)
    m = keras.Model(x, keras.layers.Activation("linear", dtype="float32")(y))
    yield from keras_model(folder, m, [normal(2, 6)])


@model
def keras_quantized(folder):
    import keras
    m = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5), keras.layers.Dense(3)])
    m.quantize("int8")
    yield from keras_model(folder, m, [normal(2, 6)])


@model
def keras_batch_norm_training(folder):
    """Statistics that the signature itself updates stay variables."""
    import keras
    b = keras.layers.BatchNormalization(momentum=0.5)
    b.build((None, 3))
    yield from saved(folder, b, tf.function(lambda x: {"y": b(x, training=True) + b(x, training=False)}, input_signature=[spec([4, 3], name="x")]),
                     serving(*[{"x": normal(4, 3)} for _ in range(3)]))


@model
def keras_stateful_lstm(folder):
    import keras
    x = keras.Input(batch_shape=(2, 3, 4))
    m = keras.Model(x, keras.layers.LSTM(3, stateful=True)(x))
    yield from keras_model(folder, m, *[[normal(2, 3, 4)] for _ in range(3)])


@model
def keras_legacy(folder):
    """Keras 2."""
    try:
        import tf_keras
    except ImportError:
        raise Missing("no tf_keras")
    layers = tf_keras.layers
    x = layers.Input((8, 8, 3), name="x")
    y = layers.BatchNormalization()(layers.Conv2D(4, 3, activation="relu")(x))
    y = layers.Dense(3)(layers.GlobalAveragePooling2D()(layers.DepthwiseConv2D(3)(y)))
    m = tf_keras.Model(x, y)
    yield from saved(folder, m, calls=serving({"x": normal(2, 8, 8, 3)}))
    x = layers.Input((6,), dtype="int32", name="i")
    y = layers.Bidirectional(layers.LSTM(4))(layers.Embedding(9, 4, mask_zero=True)(x))
    m = tf_keras.Model(x, layers.Dense(2)(layers.Reshape((8, 1))(y)))
    os.makedirs(folder + "/b")
    yield from saved(folder + "/b", m, calls=serving({"i": np.array([[1, 2, 3, 0, 0, 0], [8, 7, 6, 5, 4, 3]], np.int32)}))
    v = layers.TextVectorization(vocabulary=["a", "b"], output_mode="tf_idf", idf_weights=[.3, .7])
    t = layers.Input((1,), dtype="string", name="t")
    os.makedirs(folder + "/c")
    yield from saved(folder + "/c", tf_keras.Model(t, v(t)), calls=serving({"t": np.array([[b"a b b c"]])}))


# ---- modules

@model
def module_nested(folder):
    """Variables in lists, dicts, tuples and modules of modules."""
    class Part(tf.Module):
        def __init__(self, k):
            super().__init__()
            self.w = [variable(4, 4), {"b": variable(4), "deep": (variable(1), [variable(4, name="same_name")])}]
            self.k = k

        @tf.function
        def __call__(self, x):
            return tf.tanh(x @ self.w[0] + self.w[1]["b"]) * self.w[1]["deep"][0] + self.w[1]["deep"][1][0] * self.k

    parts = {"a": Part(1.), "b": [Part(2.), Part(3.)]}
    yield from function(folder, lambda m, x: {"y": parts["a"](m.parts["b"][0](m.parts["b"][1](x)))}, [X], [[normal(2, 4)]], parts=parts)


@model
def module_dtypes(folder):
    """Variables of every dtype that a network may hold."""
    dtypes = [tf.float16, tf.bfloat16, tf.float64, tf.int8, tf.uint8, tf.int16, tf.uint16, tf.int32, tf.int64, tf.uint32, tf.uint64, tf.bool, tf.complex64, tf.complex128]
    v = [tf.Variable(tf.cast(tf.constant([0, 1, 2, 3]), d)) for d in dtypes]
    v.append(tf.Variable([b"a", b"", b"\xff\x00", b"floe"]))

    def call(m, i):
        out = {d.dtype.name: tf.gather(d, i) for d in m.v}
        return {k: tf.cast(t, tf.float32) if k in ("bfloat16", "float16") else t for k, t in out.items()}
    yield from function(folder, call, [spec([None], tf.int32, "i")], [[np.array([3, 0, 1], np.int32)]], v=v)


@model
def module_aliases(folder):
    """One variable under several names and captured by several functions."""
    w = variable(4, 4)
    inner = tf.function(lambda x: x @ w)
    yield from function(folder, lambda m, x: {"y": inner(x) + x @ m.a + x @ m.b[0]}, [X], [[normal(2, 4)]], a=w, b=[w])


@model
def module_sparse_embedding(folder):
    def call(m, i):
        a = tf.nn.embedding_lookup(m.table, i)
        b = tf.gather_nd(m.table, tf.stack([i, i % 3], -1))
        c = tf.raw_ops.ResourceGather(resource=m.table.handle, indices=i, dtype=tf.float32)
        d = tf.raw_ops.ResourceGather(resource=m.cube.handle, indices=tf.clip_by_value(i, 0, 1), batch_dims=1, dtype=tf.float32)
        e = tf.raw_ops.ResourceGatherNd(resource=m.cube.handle, indices=tf.clip_by_value(i, 0, 1), dtype=tf.float32)
        s = tf.raw_ops.VariableShape(input=m.table.handle, out_type=tf.int64)
        return dict(a=a, b=b, c=c, d=d, e=e, s=s, t=tf.raw_ops.VarIsInitializedOp(resource=m.table.handle))
    yield from function(folder, call, [spec([2, 2], tf.int32, "i")], [[np.array([[0, 5], [3, 1]], np.int32)]], table=variable(6, 3), cube=variable(2, 2, 3))


@model
def module_partly_known_shape(folder):
    v = tf.Variable(normal(3, 4), shape=tf.TensorShape([None, 4]))
    yield from function(folder, lambda m, x: {"y": x @ tf.transpose(m.v)}, [X], [[normal(2, 4)]], v=v)


@model
def module_initialized_late(folder):
    """A variable whose value was assigned after it was made."""
    v = tf.Variable(0.0, shape=tf.TensorShape(None))
    v.assign(normal(4))
    yield from function(folder, lambda m, x: {"y": x + m.v}, [X], [[normal(2, 4)]], v=v)


@model
def module_many_signatures(folder):
    m = tf.Module()
    m.w, m.b = variable(4, 3), variable(3)
    enc = tf.function(lambda x: {"code": x @ m.w + m.b})
    dec = tf.function(lambda code: {"x": (code - m.b) @ tf.transpose(m.w), "n": tf.shape(code)[0]})
    signatures = {"encode": enc.get_concrete_function(X), "decode": dec.get_concrete_function(spec([None, 3], name="code")),
                  "Weird/name-1.x": enc.get_concrete_function(X)}
    yield from saved(folder, m, signatures, {"encode": [{"x": normal(2, 4)}], "decode": [{"code": normal(2, 3)}], "Weird/name-1.x": [{"x": normal(2, 4)}]})


@model
def module_no_inputs(folder):
    yield from function(folder, lambda m: {"y": m.w * 2., "c": tf.constant([1, 2])}, [], [[], []], w=variable(3))


@model
def module_passes_through(folder):
    """Outputs that are inputs, variables, constants, and the same tensor twice."""
    def call(m, x):
        y = x * 2.
        return dict(same=x, w=m.w, c=tf.constant(3), y=y, again=y)
    yield from function(folder, call, [X], [[normal(2, 4)]], w=variable(3))


@model
def module_odd_names(folder):
    """Names of inputs and outputs that TensorFlow changes."""
    m = tf.Module()
    m.w = variable(4)
    call = tf.function(lambda a, b: {"Out 1": a + b * m.w, "out-2": a - b, "_3": b})
    signature = call.get_concrete_function(spec([None, 4], name="In/put.0"), spec([None, 4], name="1in"))
    path = folder + "/model"
    tf.saved_model.save(m, path, {"serving_default": signature})
    renamed = {k: "In/put.0" if "put" in k else "1in" for k in tf.saved_model.load(path).signatures["serving_default"].structured_input_signature[1]}
    for job in loaded(path, serving({k: normal(2, 4) for k in renamed})):
        job.calls = [({renamed[k]: v for k, v in feed.items()}, want) for feed, want in job.calls]
        yield job


# ---- control flow

@model
def while_captures(folder):
    """A loop that reads, gathers from and passes on variables."""
    def call(m, x):
        def body(i, s):
            return i + 1, tf.tanh(s @ m.w) + tf.gather(m.rows, i) + m.bias
        _, s = tf.while_loop(lambda i, s: tf.logical_and(i < 3, tf.reduce_sum(s) < m.limit), body, [0, x])
        return {"y": s}
    yield from function(folder, call, [X], [[normal(2, 4)], [normal(1, 4)]], w=variable(4, 4), rows=variable(3, 4), bias=variable(4), limit=tf.Variable(1e6))


@model
def while_nested(folder):
    def call(m, x):
        def inner(s, n):
            return tf.while_loop(lambda j, s: j < n, lambda j, s: (j + 1, s * m.a + tf.gather(m.rows, j % 3)), [0, s])[1]
        def body(i, s):
            s = tf.cond(i % 2 == 0, lambda: inner(s, i), lambda: s - m.b)
            return i + 1, tf.switch_case(i, [lambda: s, lambda: s * m.a, lambda: inner(s, 2)])
        return {"y": tf.while_loop(lambda i, s: i < 4, body, [0, x])[1]}
    yield from function(folder, call, [X], [[normal(2, 4)]], a=tf.Variable(0.5), b=variable(4), rows=variable(3, 4))


@model
def cond_of_variables(folder):
    """Branches that return a variable's value, read others, call functions."""
    def call(m, x, p):
        f = tf.function(lambda v: v * m.b)
        return {"y": tf.cond(p, lambda: m.a + 0., lambda: f(m.b)), "z": tf.cond(p, lambda: f(x), lambda: x), "w": tf.cond(p, lambda: m.a, lambda: m.a)}
    feeds = [[normal(1, 4), np.array(True)], [normal(2, 4), np.array(False)]]
    yield from function(folder, call, [X, spec([], tf.bool, "p")], feeds, a=variable(4), b=variable(4))


@model
def case_default(folder):
    def call(m, x, k):
        return {"y": tf.switch_case(k, {i: (lambda i=i: x * m.w[i]) for i in range(3)}, default=lambda: x - m.w[0])}
    feeds = [[normal(1, 4), np.array(k, np.int32)] for k in (0, 2, -1, 9)]
    yield from function(folder, call, [X, spec([], tf.int32, "k")], feeds, w=[variable(4) for _ in range(3)])


@model
def autograph_loops(folder):
    def call(m, x):
        out = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=[4])
        for i in tf.range(tf.shape(x)[0]):
            if i == 2:
                break
            if tf.reduce_sum(x[i]) > 0:
                row = x[i] * m.w
            else:
                row = x[i] - m.w
            out = out.write(i, row)
        k = tf.constant(0)
        while k < 5:
            k += 2
        return {"y": out.stack(), "k": k}
    m = tf.Module()
    m.w = variable(4)
    f = tf.function(lambda x: tf.autograph.to_graph(call)(m, x), input_signature=[X], autograph=False)
    yield from saved(folder, m, {"serving_default": f}, serving({"x": normal(3, 4)}, {"x": normal(1, 4)}))


@model
def map_scan_fold(folder):
    def call(m, x):
        return {"map": tf.map_fn(lambda r: r * m.w, x), "scan": tf.scan(lambda a, r: a * 0.5 + tf.linalg.matvec(m.m, r), x, tf.zeros([4])),
                "fold": tf.foldl(lambda a, r: a + r * m.w, x, tf.zeros([4])), "vec": tf.vectorized_map(lambda r: tf.linalg.matvec(m.m, r), x)}
    yield from function(folder, call, [X], [[normal(3, 4)]], w=variable(4), m=variable(4, 4))


@model
def counters(folder):
    """Variables that calls change."""
    def call(m, x):
        m.count.assign_add(1)
        m.last.assign(x)
        before = m.sum.read_value()
        m.sum.assign_sub(tf.reduce_sum(x))
        return {"n": m.count.read_value(), "before": before, "last": m.last * m.scale}
    yield from function(folder, call, [spec([4], name="x")], [[normal(4)] for _ in range(3)],
                        count=tf.Variable(5), last=variable(4), sum=tf.Variable(1.), scale=variable(4))


@model
def counters_in_loops(folder):
    def call(m, x):
        for _ in tf.range(3):
            m.count.assign_add(1)
            if m.count % 2 == 0:
                m.other.assign(x)
        return {"n": m.count.read_value(), "o": m.other + m.w}
    m = tf.Module()
    m.count, m.other, m.w = tf.Variable(0), variable(4), variable(4)
    f = tf.function(lambda x: tf.autograph.to_graph(call)(m, x), input_signature=[spec([4], name="x")], autograph=False)
    yield from saved(folder, m, {"serving_default": f}, serving(*[{"x": normal(4)} for _ in range(3)]))


@model
def scatter_updates(folder):
    def call(m, x, i):
        m.cache.scatter_nd_update(i[:, None], x)
        m.cache.scatter_add(tf.IndexedSlices(x, i))
        m.cache[0:1].assign(m.w[None])
        return {"y": m.cache.read_value(), "z": m.w}
    feeds = [[normal(2, 4), np.array(i, np.int32)] for i in ([1, 2], [3, 3], [0, 4])]
    yield from function(folder, call, [spec([2, 4], name="x"), spec([2], tf.int32, "i")], feeds, cache=variable(5, 4), w=variable(4))


@model
def stateless_random(folder):
    def call(m, x):
        noise = tf.random.stateless_normal([4], seed=[3, 5])
        return {"y": x + noise * m.w, "z": tf.random.stateless_uniform(tf.shape(x), seed=[1, 2])}
    yield from function(folder, call, [X], [[normal(2, 4)]], w=variable(4))


@model
def generator(folder):
    """A random generator's state is a variable that every call changes."""
    def call(m, x):
        return {"y": x + m.g.normal([4])}
    yield from function(folder, call, [X], [[normal(2, 4)], [normal(2, 4)]], g=tf.random.Generator.from_seed(42))


# ---- functions

@model
def shared_functions(folder):
    """One concrete function called many times, three deep, with other captures each."""
    w = [variable(4, 4) for _ in range(3)]
    f = tf.function(lambda x, v: tf.nn.relu(x @ v))
    g = tf.function(lambda x: f(f(x, w[0]), w[1]))
    h = tf.function(lambda x: g(g(x)) + f(x, w[2]))
    yield from function(folder, lambda m, x: {"y": h(x) - g(x)}, [X], [[normal(2, 4)]], w=w)


@model
def custom_gradients(folder):
    @tf.custom_gradient
    def clip(x):
        return tf.clip_by_value(x, -1., 1.), lambda d: d * 0.5
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=True)
    m = Module(lambda m, x: {"y": clip(x @ m.w)}, X, w=variable(4, 4))
    yield from saved(folder, m, {"serving_default": m.call}, serving({"x": normal(2, 4)}), options)


@model
def gradient_inside(folder):
    """A signature that computes a gradient, with respect to its input and to a variable."""
    def call(m, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.tanh(x @ m.w) ** 2)
        dx, dw = tape.gradient(y, [x, m.w])
        return {"y": y, "dx": dx, "dw": dw}
    yield from function(folder, call, [X], [[normal(2, 4)]], w=variable(4, 4))


@model
def xla_compiled(folder):
    w = variable(4, 4)
    f = tf.function(lambda x: tf.nn.softmax(x @ w), jit_compile=True)
    yield from function(folder, lambda m, x: {"y": f(x)}, [X], [[normal(2, 4)]], w=w)


@model
def devices_and_colocation(folder):
    def call(m, x):
        with tf.device("/CPU:0"):
            y = x @ m.w
        with tf.control_dependencies([tf.debugging.assert_greater(tf.shape(x)[0], 0), tf.print("y", tf.shape(y), output_stream="file:///dev/null")]):
            return {"y": tf.identity(y)}
    yield from function(folder, call, [X], [[normal(2, 4)]], w=variable(4, 4))


@model
def rematerialized(folder):
    w = variable(4, 4)
    f = tf.recompute_grad(lambda x: tf.tanh(x @ w))
    yield from function(folder, lambda m, x: {"y": f(x)}, [X], [[normal(2, 4)]], w=w)


# ---- save options

@model
def option_variable_policy(folder):
    options = tf.saved_model.SaveOptions(experimental_variable_policy=tf.saved_model.experimental.VariablePolicy.SAVE_VARIABLE_DEVICES)
    m = Module(lambda m, x: {"y": x @ m.w}, X, w=variable(4, 4))
    yield from saved(folder, m, {"serving_default": m.call}, serving({"x": normal(2, 4)}), options)


@model
def option_debug_and_aliases(folder):
    m = Module(lambda m, x: {"y": x @ m.w}, X, w=variable(4, 4))
    options = tf.saved_model.SaveOptions(save_debug_info=True, function_aliases={"my_alias": m.call})
    yield from saved(folder, m, {"serving_default": m.call}, serving({"x": normal(2, 4)}), options)


@model
def option_sharded(folder):
    options = tf.saved_model.SaveOptions(experimental_sharding_callback=tf.train.experimental.MaxShardSizePolicy(max_shard_size=256))
    m = Module(lambda m, x: {"y": x @ m.w @ m.v}, X, w=variable(4, 40), v=variable(40, 4))
    yield from saved(folder, m, {"serving_default": m.call}, serving({"x": normal(2, 4)}), options)


@model
def signature_defaults(folder):
    """An input with a default value that is not fed is still an input."""
    m = tf.Module()
    m.w = variable(4)
    f = tf.function(lambda x, k: {"y": x * k + m.w})
    signature = f.get_concrete_function(X, spec([], name="k"))
    yield from saved(folder, m, {"serving_default": signature}, serving({"x": normal(1, 4), "k": np.float32(2)}))


# ---- tables, assets, strings, ragged, data sets

def vocabulary(folder, text="ice\nsnow\nfloe\n"):
    path = os.path.join(folder, "words.txt")
    with open(path, "w") as f:
        f.write(text)
    return path


@model
def table_from_file(folder):
    init = tf.lookup.TextFileInitializer(vocabulary(folder), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER)
    words = tf.lookup.StaticVocabularyTable(init, 2)
    back = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([0, 1, 2], ["a", "b", "c"], tf.int64, tf.string), "?")
    yield from function(folder, lambda m, t: {"i": m.words.lookup(t), "s": m.back.lookup(m.words.lookup(t)), "n": m.words.size()},
                        [spec([None], tf.string, "t")], [[np.array([b"snow", b"?", b"floe"])]], words=words, back=back)


@model
def table_two_files_of_one_name(folder):
    os.makedirs(folder + "/a"), os.makedirs(folder + "/b")
    def table(path):
        init = tf.lookup.TextFileInitializer(path, tf.string, 0, tf.string, 1, delimiter=",")
        return tf.lookup.StaticHashTable(init, "none")
    a, b = table(vocabulary(folder + "/a", "k,one\nl,two\n")), table(vocabulary(folder + "/b", "k,three\nl,four\n"))
    yield from function(folder, lambda m, t: {"a": m.a.lookup(t), "b": m.b.lookup(t)}, [spec([None], tf.string, "t")], [[np.array([b"k", b"l", b"m"])]], a=a, b=b)


@model
def table_mutable(folder):
    """A table whose content is in the checkpoint, and that calls change."""
    def make():
        t = tf.lookup.experimental.MutableHashTable(tf.string, tf.float32, -1.)
        t.insert(tf.constant(["a", "b"]), tf.constant([1., 2.]))
        d = tf.lookup.experimental.DenseHashTable(tf.int64, tf.int64, -1, empty_key=-1, deleted_key=-2)
        d.insert(tf.constant([4, 5], tf.int64), tf.constant([40, 50], tf.int64))
        return t, d
    t, d = make()
    def call(m, k, v):
        before = m.t.lookup(k)
        with tf.control_dependencies([before]):
            m.t.insert(k, v)
        return {"before": before, "after": m.t.lookup(k), "n": m.t.size(), "d": m.d.lookup(tf.constant([5, 6], tf.int64))}
    feeds = [[np.array([b"a", b"x"]), normal(2)], [np.array([b"x", b"b"]), normal(2)]]
    yield from function(folder, call, [spec([None], tf.string, "k"), spec([None], name="v")], feeds, t=t, d=d)


@model
def table_in_loop(folder):
    init = tf.lookup.KeyValueTensorInitializer([0, 1, 2], [5., 6., 7.], tf.int32, tf.float32)
    table = tf.lookup.StaticHashTable(init, -1.)
    def call(m, x):
        step = lambda i, s: (i + 1, tf.cond(i % 2 == 0, lambda: s + m.table.lookup(i), lambda: s * m.w))
        return {"y": tf.while_loop(lambda i, s: i < 4, step, [0, x])[1]}
    yield from function(folder, call, [spec([4], name="x")], [[normal(4)]], table=table, w=variable(4))


@model
def asset_read(folder):
    path = tf.saved_model.Asset(vocabulary(folder))
    yield from function(folder, lambda m, x: {"text": tf.io.read_file(m.path), "x": x}, [X], [[normal(1, 4)]], path=path)


@model
def strings(folder):
    def call(m, t):
        parts = tf.strings.split(tf.strings.lower(t))
        return {"n": parts.row_lengths(), "flat": parts.flat_values, "hash": tf.strings.to_hash_bucket_fast(t, 100),
                "part": tf.strings.regex_replace(t, "[aeiou]", "_"), "pad": parts.to_tensor("-")}
    yield from function(folder, call, [spec([None], tf.string, "t")], [[np.array([b"Ice on the Sea", b"floe"])]], w=variable(1))


@model
def ragged_and_sparse(folder):
    def call(m, v, n):
        r = tf.RaggedTensor.from_row_lengths(v, n)
        s = r.to_sparse()
        return {"mean": tf.reduce_mean(r, 1), "emb": tf.nn.safe_embedding_lookup_sparse(m.table, tf.sparse.map_values(lambda x: tf.cast(x, tf.int64), tf.sparse.SparseTensor(s.indices, tf.abs(s.values), s.dense_shape))),
                "dense": tf.sparse.to_dense(s)}
    yield from function(folder, call, [spec([None], name="v"), spec([None], tf.int64, "n")], [[np.float32([1, 2, 3, 4, 5]), np.array([2, 0, 3], np.int64)]], table=variable(8, 3))


@model
def composite_signature(folder):
    """Ragged and sparse tensors as inputs of a function; the signature has their parts."""
    m = tf.Module()
    m.w = variable(3)
    f = tf.function(lambda x: {"y": tf.sparse.to_dense(x) * m.w})
    m.f = tf.function(lambda x: {"y": tf.reduce_sum(x, 1)}, input_signature=[tf.RaggedTensorSpec([None, None], tf.float32)])
    g = tf.function(lambda i, v: f(tf.SparseTensor(i, v, [2, 3])))
    signature = g.get_concrete_function(spec([None, 2], tf.int64, "i"), spec([None], name="v"))
    yield from saved(folder, m, {"serving_default": signature}, serving({"i": np.array([[0, 1], [1, 2]], np.int64), "v": normal(2)}))


@model
def parsed_examples(folder):
    features = {"x": tf.io.FixedLenFeature([4], tf.float32), "n": tf.io.VarLenFeature(tf.int64)}
    def call(m, e):
        p = tf.io.parse_example(e, features)
        return {"y": p["x"] * m.w, "n": tf.sparse.to_dense(p["n"])}
    def example(x, n):
        feature = {"x": tf.train.Feature(float_list=tf.train.FloatList(value=x)), "n": tf.train.Feature(int64_list=tf.train.Int64List(value=n))}
        return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
    feeds = [[np.array([example([1, 2, 3, 4], [1]), example([5, 6, 7, 8], [1, 2])], object)]]
    yield from function(folder, call, [spec([None], tf.string, "e")], feeds, w=variable(4))


@model
def dataset_inside(folder):
    """A data set whose function reads a variable and a constant."""
    def call(m, x):
        c = tf.constant([1., 2., 3., 4.])
        data = tf.data.Dataset.from_tensor_slices(x).map(lambda r: r * c).filter(lambda r: tf.reduce_sum(r) > -100.).batch(2)
        return {"y": data.reduce(tf.zeros([4]), lambda s, b: s + tf.reduce_sum(b, 0)) * m.w}
    yield from function(folder, call, [X], [[normal(5, 4)]], w=variable(4))


@model
def py_function(folder):
    """Python cannot be frozen along: TensorFlow refuses it on load, and so do we or the graph keeps it."""
    m = tf.Module()
    m.w = variable(4)
    f = tf.function(lambda x: {"y": tf.numpy_function(lambda v: v + 1, [x], tf.float32) * m.w}, input_signature=[X])
    path = folder + "/model"
    tf.saved_model.save(m, path, {"serving_default": f})
    yield Job([path, "--signature", "serving_default"], [], "kept")


@model
def big_constants(folder):
    c = normal(300, 400)
    yield from function(folder, lambda m, x: {"y": x @ tf.constant(c)[:4] + m.w, "s": tf.constant(0.25, shape=[1000, 100])}, [X], [[normal(2, 4)]], w=variable(400))


@model
def image_decoding(folder):
    def call(m, b):
        one = lambda s: tf.image.resize(tf.io.decode_png(s, 3), [8, 8])
        return {"y": tf.map_fn(one, b, fn_output_signature=tf.TensorSpec([8, 8, 3], tf.float32)) * m.w}
    png = tf.io.encode_png(RNG.integers(0, 255, (5, 6, 3)).astype(np.uint8)).numpy()
    yield from function(folder, call, [spec([None], tf.string, "b")], [[np.array([png, png], object)]], w=variable(3))


@model
def signal_and_linalg(folder):
    def call(m, x):
        return {"stft": tf.signal.stft(x, 4, 2), "mfcc": tf.signal.mfccs_from_log_mel_spectrograms(x[:, None, :] @ m.w),
                "svd": tf.linalg.svd(x, compute_uv=False), "einsum": tf.einsum("bi,ij->bj", x, m.w)}
    yield from function(folder, call, [X], [[normal(3, 4)]], w=variable(4, 4))


@model
def optimizer_step(folder):
    """A training step as a signature: weights and slots change."""
    import keras
    x = keras.Input((4,))
    m = keras.Model(x, keras.layers.Dense(1)(keras.layers.Dense(5, "tanh")(x)))
    optimizer = keras.optimizers.Adam(0.1)
    optimizer.build(m.trainable_variables)

    @tf.function(input_signature=[spec([None, 4], name="x"), spec([None, 1], name="y")])
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((m(x) - y) ** 2)
        optimizer.apply(tape.gradient(loss, m.trainable_variables), m.trainable_variables)
        return {"loss": loss}
    holder = tf.Module()
    holder.m, holder.o = m, optimizer
    predict = tf.function(lambda x: {"p": m(x)}, input_signature=[spec([None, 4], name="x")])
    yield from saved(folder, holder, {"train": step, "predict": predict},
                     {"train": [{"x": normal(8, 4), "y": normal(8, 1)} for _ in range(4)], "predict": [{"x": normal(2, 4)}]})


@model
def saved_again(folder):
    """A SavedModel loaded and saved again, inside another model, twice over."""
    first = Module(lambda m, x: {"y": x @ m.w}, X, w=variable(4, 4))
    tf.saved_model.save(first, folder + "/first", {"serving_default": first.call})
    again = tf.saved_model.load(folder + "/first")
    outer = tf.Module()
    outer.inner, outer.v = again, variable(4)
    outer.twice = tf.function(lambda x: {"z": again.signatures["serving_default"](x=again.call(x)["y"])["y"] * outer.v}, input_signature=[X])
    tf.saved_model.save(outer, folder + "/second", {"serving_default": outer.twice})
    third = tf.saved_model.load(folder + "/second")
    tf.saved_model.save(third, folder + "/third", third.signatures)
    yield from loaded(folder + "/second", serving({"x": normal(2, 4)}))
    yield from loaded(folder + "/third", serving({"x": normal(2, 4)}))
