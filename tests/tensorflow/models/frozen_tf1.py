"""Models that TensorFlow 1 programs save, of many kinds: SavedModels, graphs with checkpoints, `.meta` files.

Makers are as in frozen_tf2.
"""
import os
import numpy as np
import tensorflow as tf
from frozen_tf2 import Job, RNG, normal, vocabulary

v1 = tf.compat.v1
MODELS = {}
SERVE = v1.saved_model.SERVING


def model(make):
    MODELS[make.__name__] = make
    return make


def tensors(names):
    return ",".join(names)


def calls_of(session, feeds, fetches):
    return [(feed, dict(zip(fetches, session.run(list(fetches), feed)))) for feed in feeds]


def from_meta(prefix, feeds, fetches, init=()):
    """Restores a `.meta` into a new session and calls it."""
    with tf.Graph().as_default(), v1.Session() as session:
        v1.train.import_meta_graph(prefix + ".meta").restore(session, prefix)
        for op in init or [o.name for o in v1.get_collection(v1.GraphKeys.TABLE_INITIALIZERS)]:
            session.run(op)
        return calls_of(session, feeds, fetches)


def checkpointed(folder, build, feeds, fetches, forms=("meta", "pb", "pbtxt"), **saver):
    """A graph and its checkpoint, in the forms that freezing takes: `.meta`, binary graph, text graph."""
    prefix = os.path.join(folder, "model.ckpt-7")
    with tf.Graph().as_default() as graph, v1.Session() as session:
        variables = build()
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer(), v1.tables_initializer()])
        v1.train.Saver(variables, **saver).save(session, os.path.join(folder, "model.ckpt"), 7)
        v1.train.write_graph(graph, folder, "graph.pb", as_text=False)
        v1.train.write_graph(graph, folder, "graph.pbtxt")
    calls = from_meta(prefix, feeds, fetches)
    select = ["--inputs", tensors(feeds[0]), "--outputs", tensors(fetches)] if feeds[0] else ["--outputs", tensors(fetches)]
    if "meta" in forms:
        yield Job([prefix + ".meta", *select], calls, "meta")
    for form in ("pb", "pbtxt"):
        if form in forms:
            yield Job([os.path.join(folder, f"graph.{form}"), "--checkpoint", prefix, *select], calls, form)


def signature(inputs, outputs):
    info = lambda d: {k: v1.saved_model.build_tensor_info(t) for k, t in d.items()}
    return v1.saved_model.build_signature_def(info(inputs), info(outputs), v1.saved_model.PREDICT_METHOD_NAME)


def served(path, calls, tags=(SERVE,)):
    """Loads a TF1 SavedModel into a session for each signature and calls it."""
    for key, feeds in calls.items():
        with tf.Graph().as_default(), v1.Session() as session:
            meta = v1.saved_model.load(session, list(tags), path)
            s = meta.signature_def[key]
            fetch = {k: i.name for k, i in s.outputs.items()}
            results = [(feed, session.run(fetch, {s.inputs[k].name: v for k, v in feed.items()})) for feed in feeds]
        yield Job([path, "--tags", ",".join(tags), "--signature", key], results, f"{','.join(tags)} {key}")


@model
def tf1_ref_variables(folder):
    def build():
        x = v1.placeholder(tf.float32, [None, 4], "x")
        with v1.variable_scope("net", use_resource=False):
            w = v1.get_variable("w", initializer=normal(4, 3))
            b = v1.get_variable("b", initializer=normal(3))
        y = tf.nn.relu(x @ w + b)
        tf.identity(tf.gather(w, [0, 2]) + b, "rows")
        tf.identity(y, "y")
        v1.assign_add(b, b, name="never")
    yield from checkpointed(folder, build, [{"x:0": normal(2, 4)}], ["y:0", "rows:0"])


@model
def tf1_resource_variables(folder):
    def build():
        x = v1.placeholder(tf.float32, [None, 4], "x")
        w = v1.get_variable("w", initializer=normal(4, 3), use_resource=True)
        e = v1.get_variable("emb", initializer=normal(6, 4), use_resource=True)
        tf.identity((x + tf.nn.embedding_lookup(e, tf.constant([1, 5]))) @ w, "y")
    yield from checkpointed(folder, build, [{"x:0": normal(2, 4)}], ["y:0"])


@model
def tf1_partitioned(folder):
    def build():
        x = v1.placeholder(tf.float32, [None, 6], "x")
        i = v1.placeholder(tf.int64, [None], "i")
        for name, axis, resource in (("a", 0, False), ("b", 1, True)):
            with v1.variable_scope(name, partitioner=v1.fixed_size_partitioner(3, axis), use_resource=resource):
                w = v1.get_variable("w", [6, 6], initializer=tf.random_normal_initializer(seed=3))
                x = tf.tanh(x @ w)
        with v1.variable_scope("e", partitioner=v1.fixed_size_partitioner(4), use_resource=False):
            e = v1.get_variable("table", [10, 6], initializer=tf.random_normal_initializer(seed=3))
        x = x + v1.nn.embedding_lookup(list(e), i, partition_strategy="div") + v1.nn.embedding_lookup(list(e), i, partition_strategy="mod")
        tf.identity(x, "y")
    yield from checkpointed(folder, build, [{"x:0": normal(2, 6), "i:0": np.array([3, 9])}], ["y:0"])


@model
def tf1_renamed_in_saver(folder):
    def build():
        x = v1.placeholder(tf.float32, [None, 4], "x")
        a = v1.get_variable("a", initializer=normal(4), use_resource=False)
        b = v1.get_variable("b", initializer=normal(4), use_resource=True)
        tf.identity(x * a - b, "y")
        return {"b": a, "a": b}
    yield from checkpointed(folder, build, [{"x:0": normal(2, 4)}], ["y:0"], forms=("meta", "pb"))


@model
def tf1_several_savers(folder):
    def build():
        x = v1.placeholder(tf.float32, [None, 4], "x")
        a = v1.get_variable("a", initializer=normal(4), use_resource=False)
        average = v1.get_variable("average", initializer=normal(4), use_resource=False)
        v1.train.Saver({"a": average, "average": a}, name="other")
        tf.identity(x * a + average, "y")
    yield from checkpointed(folder, build, [{"x:0": normal(2, 4)}], ["y:0"], forms=("meta", "pb"), name="mine")


@model
def tf1_sharded_and_v1_format(folder):
    def build():
        x = v1.placeholder(tf.float32, [None, 4], "x")
        with tf.device("/cpu:0"):
            a = v1.get_variable("a", initializer=normal(4, 4), use_resource=False)
        with v1.variable_scope("p", partitioner=v1.fixed_size_partitioner(2), use_resource=False):
            b = v1.get_variable("b", [4, 4], initializer=tf.random_normal_initializer(seed=3))
        tf.identity(x @ a @ b, "y")
    os.makedirs(folder + "/v1")
    for job in checkpointed(folder, build, [{"x:0": normal(2, 4)}], ["y:0"], sharded=True):
        job.name += " sharded"
        yield job
    for job in checkpointed(folder + "/v1", build, [{"x:0": normal(2, 4)}], ["y:0"], write_version=v1.train.SaverDef.V1):
        job.name += " V1"
        yield job


@model
def tf1_cond_while(folder):
    """Switch, Merge, Enter and Exit around ref and resource variables."""
    def build(resource):
        def go():
            v1.disable_control_flow_v2()
            x = v1.placeholder(tf.float32, [4], "x")
            p = v1.placeholder(tf.bool, [], "p")
            w = v1.get_variable("w", initializer=normal(4), use_resource=resource)
            m = v1.get_variable("m", initializer=normal(4, 4), use_resource=resource)
            c = v1.cond(p, lambda: x * w, lambda: v1.cond(x[0] > 0, lambda: w + 0., lambda: tf.gather(m, 2)))
            def body(i, s):
                s = tf.tanh(tf.linalg.matvec(m, s)) + v1.cond(i > 1, lambda: w, lambda: tf.gather(m, i))
                return i + 1, v1.while_loop(lambda j, t: j < i, lambda j, t: (j + 1, t * w), [0, s])[1]
            _, s = v1.while_loop(lambda i, s: i < 3, body, [0, c])
            tf.identity(s, "y")
            v1.enable_control_flow_v2()
        return go
    for resource in (False, True):
        sub = f"{folder}/{resource}"
        os.makedirs(sub)
        feeds = [{"x:0": normal(4), "p:0": np.array(p)} for p in (True, False)] + [{"x:0": -np.abs(normal(4)), "p:0": np.array(False)}]
        for job in checkpointed(sub, build(resource), feeds, ["y:0"]):
            job.name += " resource" if resource else " ref"
            yield job


@model
def tf1_dynamic_rnn(folder):
    def build():
        v1.disable_control_flow_v2()
        x = v1.placeholder(tf.float32, [None, 5, 4], "x")
        n = v1.placeholder(tf.int32, [None], "n")
        k = v1.get_variable("kernel", initializer=normal(7, 3), use_resource=False)
        xs = v1.TensorArray(tf.float32, 5, name="in").unstack(tf.transpose(x, [1, 0, 2]))
        out = v1.TensorArray(tf.float32, 5, name="out")
        def step(t, h, out):
            new = tf.tanh(tf.concat([xs.read(t), h], 1) @ k)
            h = tf.where(tf.broadcast_to((t < n)[:, None], tf.shape(h)), new, h)
            return t + 1, h, out.write(t, h)
        _, h, out = v1.while_loop(lambda t, *_: t < 5, step, [0, tf.zeros([tf.shape(x)[0], 3]), out])
        tf.identity(h, "h")
        tf.identity(tf.transpose(out.stack(), [1, 0, 2]), "y")
        v1.enable_control_flow_v2()
    yield from checkpointed(folder, build, [{"x:0": normal(2, 5, 4), "n:0": np.array([5, 2], np.int32)}], ["y:0", "h:0"])


@model
def tf1_functional_control_flow(folder):
    def build():
        v1.enable_control_flow_v2()
        x = v1.placeholder(tf.float32, [4], "x")
        w = v1.get_variable("w", initializer=normal(4), use_resource=True)
        y = v1.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, v1.cond(i > 0, lambda: s * w, lambda: s + w)), [0, x])[1]
        tf.identity(y, "y")
    yield from checkpointed(folder, build, [{"x:0": normal(4)}], ["y:0"])


@model
def tf1_training_graph(folder):
    """Frozen for inference out of a graph that holds the training as well; fed in the middle too."""
    def build():
        x = v1.placeholder(tf.float32, [None, 4], "x")
        y = v1.placeholder(tf.float32, [None, 1], "label")
        training = v1.placeholder_with_default(False, [], "training")
        w = v1.get_variable("w", initializer=normal(4, 3), use_resource=False)
        mean = v1.get_variable("mean", initializer=normal(3), use_resource=False, trainable=False)
        h = x @ w
        h = tf.identity(v1.cond(training, lambda: h - tf.reduce_mean(h, 0), lambda: h - mean), "h")
        p = tf.identity(tf.tanh(h) @ v1.get_variable("v", initializer=normal(3, 1), use_resource=True), "p")
        loss = tf.reduce_mean((p - y) ** 2)
        step = v1.train.get_or_create_global_step()
        with tf.control_dependencies([v1.assign(mean, mean * .9)]):
            v1.train.AdamOptimizer().minimize(loss, step)
        v1.summary.scalar("loss", loss)
        v1.summary.merge_all()
    yield from checkpointed(folder, build, [{"x:0": normal(2, 4)}], ["p:0"])
    calls = from_meta(folder + "/model.ckpt-7", [{"h:0": normal(2, 3)}], ["p:0"])
    yield Job([folder + "/model.ckpt-7.meta", "--inputs", "h:0", "--outputs", "p:0"], calls, "fed inside")
    calls = from_meta(folder + "/model.ckpt-7", [{"x:0": normal(2, 4), "training:0": np.array(True)}], ["p:0"])
    yield Job([folder + "/model.ckpt-7.meta", "--inputs", "x:0,training:0", "--outputs", "p:0"], calls, "training")


@model
def tf1_state(folder):
    """What the outputs change stays a variable: ref and resource."""
    def build():
        x = v1.placeholder(tf.float32, [3], "x")
        for kind in (False, True):
            with v1.variable_scope(f"s{kind}", use_resource=kind):
                a = v1.get_variable("a", initializer=normal(3))
            tf.identity(v1.assign_add(a, x), f"sum{kind}")
    yield from checkpointed(folder, build, [{"x:0": normal(3)} for _ in range(3)], ["sumFalse:0", "sumTrue:0"], forms=("meta", "pb"))


@model
def tf1_scatter_state(folder):
    def build():
        x = v1.placeholder(tf.float32, [2, 3], "x")
        a = v1.get_variable("a", initializer=normal(4, 3), use_resource=False)
        b = v1.get_variable("b", initializer=normal(4, 3), use_resource=True)
        with tf.control_dependencies([v1.scatter_update(a, [0, 2], x), v1.scatter_add(b, [1, 2], x)]):
            tf.identity(a.read_value() + b.read_value(), "y")
        c = v1.get_variable("count", initializer=np.int32(3), use_resource=False)
        tf.identity(v1.count_up_to(c, 100), "n")
    yield from checkpointed(folder, build, [{"x:0": normal(2, 3)} for _ in range(3)], ["y:0", "n:0"], forms=("meta", "pb"))


@model
def tf1_tables(folder):
    words = vocabulary(folder)
    def build():
        t = v1.placeholder(tf.string, [None], "t")
        table = tf.lookup.StaticVocabularyTable(tf.lookup.TextFileInitializer(words, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER), 1)
        e = v1.get_variable("e", initializer=normal(4, 2), use_resource=False)
        tf.identity(tf.nn.embedding_lookup(e, table.lookup(t)), "y")
    yield from checkpointed(folder, build, [{"t:0": np.array([b"floe", b"?", b"ice"], object)}], ["y:0"])


@model
def tf1_saved_model_tags(folder):
    """Two graphs with other tags over one set of variables, one of them with a table and an asset."""
    path = folder + "/model"
    words = vocabulary(folder)
    builder = v1.saved_model.builder.SavedModelBuilder(path)
    def graph(scale):
        x = v1.placeholder(tf.float32, [None, 4], "x")
        w = v1.get_variable("w", initializer=normal(4, 3), use_resource=False)
        r = v1.get_variable("r", initializer=normal(3), use_resource=True)
        return x, (x @ w + r) * scale
    with tf.Graph().as_default(), v1.Session() as session:
        x, y = graph(1.)
        session.run(v1.global_variables_initializer())
        builder.add_meta_graph_and_variables(session, ["train", "x"], {"serving_default": signature({"x": x}, {"y": y})})
    with tf.Graph().as_default(), v1.Session() as session:
        x, y = graph(2.)
        t = v1.placeholder(tf.string, [None], "t")
        name = tf.constant(words, name="words")
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, name)
        table = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer(name, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER), -1)
        i = table.lookup(t)
        signatures = {"serving_default": signature({"in": x}, {"out": y}), "words": signature({"t": t}, {"i": i})}
        builder.add_meta_graph([SERVE], signatures, assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS), main_op=v1.tables_initializer())
    builder.save()
    x = normal(2, 4)
    yield from served(path, {"serving_default": [{"x": x}]}, ("train", "x"))
    yield from served(path, {"serving_default": [{"in": x}], "words": [{"t": np.array([b"snow", b"?"], object)}]})
    yield Job([path, "--tags", "gone"], refused=("train,x", "serve"))


@model
def tf1_saved_model_text(folder):
    path = folder + "/model"
    builder = v1.saved_model.builder.SavedModelBuilder(path)
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.sparse_placeholder(tf.float32, [None, 4], "x")
        with v1.variable_scope("p", partitioner=v1.fixed_size_partitioner(2), use_resource=False):
            w = v1.get_variable("w", [4, 3], initializer=tf.random_normal_initializer(seed=3))
        y = tf.sparse.sparse_dense_matmul(x, tf.convert_to_tensor(w))
        session.run(v1.global_variables_initializer())
        builder.add_meta_graph_and_variables(session, [SERVE], {"s": signature({"i": x.indices, "v": x.values, "d": x.dense_shape}, {"y": y})}, strip_default_attrs=True)
    builder.save(as_text=True)
    yield from served(path, {"s": [{"i": np.array([[0, 1], [1, 3]]), "v": normal(2), "d": np.array([2, 4])}]})


@model
def tf1_legacy_init_op(folder):
    path = folder + "/model"
    builder = v1.saved_model.builder.SavedModelBuilder(path)
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [3], "x")
        local = v1.get_variable("local", initializer=tf.constant([1., 2., 3.]), use_resource=False, collections=[v1.GraphKeys.LOCAL_VARIABLES])
        w = v1.get_variable("w", initializer=normal(3), use_resource=True)
        y = x * local + w
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
        init = v1.group(v1.local_variables_initializer(), name="legacy")
        builder.add_meta_graph_and_variables(session, [SERVE], {"s": signature({"x": x}, {"y": y})}, legacy_init_op=init)
    builder.save()
    yield from served(path, {"s": [{"x": normal(3)}]})


@model
def tf1_mutable_table(folder):
    path = folder + "/model"
    with tf.Graph().as_default(), v1.Session() as session:
        k = v1.placeholder(tf.string, [None], "k")
        table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
        w = v1.get_variable("w", initializer=np.int64(10), use_resource=False)
        y = table.lookup(k) * w
        session.run([v1.global_variables_initializer(), table.insert(tf.constant(["a", "b"]), tf.constant([4, 5], tf.int64))])
        v1.saved_model.simple_save(session, path, {"k": k}, {"y": y})
    yield from served(path, {"serving_default": [{"k": np.array([b"b", b"z", b"a"], object)}]})


@model
def tf1_defun(folder):
    """Functions of the library called by their own names."""
    from tensorflow.python.framework import function
    def build():
        @function.Defun(tf.float32, tf.float32, func_name="Scaled")
        def scaled(a, b):
            return a * b, a - b
        @function.Defun(tf.float32, tf.float32, func_name="Twice")
        def twice(a, b):
            p, q = scaled(a, b)
            return scaled(p, q)[1]
        x = v1.placeholder(tf.float32, [3], "x")
        w = v1.get_variable("w", initializer=normal(3), use_resource=False)
        p, q = scaled(x, w)
        tf.identity(twice(p, q) + q, "y")
    yield from checkpointed(folder, build, [{"x:0": normal(3)}], ["y:0"])


@model
def tf1_estimator_like(folder):
    """A SavedModel that takes serialized examples, as estimators export it."""
    path = folder + "/model"
    with tf.Graph().as_default(), v1.Session() as session:
        examples = v1.placeholder(tf.string, [None], "input_example_tensor")
        parsed = v1.parse_example(examples, {"x": tf.io.FixedLenFeature([4], tf.float32), "w": tf.io.VarLenFeature(tf.string)})
        dense = v1.get_variable("dnn/w", initializer=normal(4, 3), use_resource=False)
        ids = tf.sparse.map_values(lambda s: tf.strings.to_hash_bucket_fast(s, 10), parsed["w"])
        with v1.variable_scope("emb", partitioner=v1.fixed_size_partitioner(2), use_resource=False):
            table = v1.get_variable("t", [10, 3], initializer=tf.random_normal_initializer(seed=3))
        y = parsed["x"] @ dense + v1.nn.safe_embedding_lookup_sparse(list(table), ids, combiner="mean")
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.builder.SavedModelBuilder(path)
        info = v1.saved_model.build_tensor_info
        c = tf.constant(["no", "yes", "maybe"])
        classes = tf.tile(c[None], [tf.shape(y)[0], 1])
        builder.add_meta_graph_and_variables(session, [SERVE], {
            "classification": v1.saved_model.classification_signature_def(examples, classes, tf.nn.softmax(y)),
            "predict": v1.saved_model.predict_signature_def({"examples": examples}, {"y": y, "classes": classes})})
        builder.save()
    def example(x, words):
        feature = {"x": tf.train.Feature(float_list=tf.train.FloatList(value=x)), "w": tf.train.Feature(bytes_list=tf.train.BytesList(value=words))}
        return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
    e = np.array([example([1, 2, 3, 4], [b"ice", b"floe"]), example([0, 1, 0, 1], [])], object)
    yield from served(path, {"classification": [{"inputs": e}], "predict": [{"examples": e}]})


@model
def tf1_no_checkpoint_needed(folder):
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [None, 4], "x")
        tf.identity(x * tf.constant(normal(4)), "y")
        v1.train.write_graph(graph, folder, "g.pb", as_text=False)
        feed = normal(2, 4)
        with v1.Session() as session:
            calls = calls_of(session, [{"x:0": feed}], ["y:0"])
    yield Job([folder + "/g.pb", "--inputs", "x:0", "--outputs", "y:0"], calls)
    yield Job([folder + "/g.pb"], calls, "ends")


@model
def tf1_no_value(folder):
    with tf.Graph().as_default() as graph:
        v1.identity(v1.get_variable("lost/w", [3], use_resource=False), "y")
        v1.train.write_graph(graph, folder, "g.pb", as_text=False)
    yield Job([folder + "/g.pb", "--outputs", "y:0"], refused=("lost/w", "checkpoint"))


@model
def tf1_initialized_by_constant(folder):
    """A variable that no checkpoint holds, set by a constant or by other variables' initial values."""
    def build():
        x = v1.placeholder(tf.float32, [3], "x")
        a = v1.get_variable("a", initializer=normal(3), use_resource=False)
        v1.get_variable("b", initializer=tf.constant([1., 2., 3.]), use_resource=True)
        tf.identity(x * a, "y")
        return [a]
    yield from checkpointed(folder, build, [{"x:0": normal(3)}], ["y:0"])


@model
def tf1_queue_input(folder):
    """An input pipeline of queues; frozen from behind it."""
    def build():
        q = v1.FIFOQueue(10, [tf.float32], [[4]])
        q.enqueue([tf.zeros([4])])
        batch = tf.identity(q.dequeue_many(2), "batch")
        w = v1.get_variable("w", initializer=normal(4), use_resource=False)
        tf.identity(batch * w, "y")
    yield from checkpointed(folder, build, [{"batch:0": normal(2, 4)}], ["y:0"])


@model
def tf1_quantized_training(folder):
    def build():
        x = v1.placeholder(tf.float32, [None, 4], "x")
        w = v1.get_variable("w", initializer=normal(4, 3), use_resource=False)
        lo, hi = (v1.get_variable(n, initializer=np.float32(v), use_resource=False) for n, v in (("lo", -2), ("hi", 2)))
        q = tf.quantization.fake_quant_with_min_max_vars(w, lo, hi)
        tf.identity(tf.quantization.fake_quant_with_min_max_vars(x @ q, lo, hi), "y")
    yield from checkpointed(folder, build, [{"x:0": normal(2, 4)}], ["y:0"])
