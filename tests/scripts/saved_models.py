#!/usr/bin/env python3
"""Writes SavedModels with `floe` and has TensorFlow load and run them.

    saved_models.py --floe target/release/floe MODEL_FOLDER ... [--corpus DIR] [--keras] [--quiet]

--corpus adds every SavedModel of the corpus' kind `graph`; --keras makes MobileNetV2, ResNet50, EfficientNetB0 and a
small encoder of the BERT kind with random weights. Each model is written in these ways:

  frozen     floe freeze --saved-model                              all signatures in one graph without variables
  shared     floe freeze --saved-model --share
  rewritten  floe savedmodel rewrite --strip save,debug --share     with its variables
  stripped   floe savedmodel rewrite --strip save,restore,debug     what only tf.saved_model.load can load

and each of these is loaded with tf.saved_model.load and, but for the last, with TF1's loader into a session, as servers
do. Every signature is run on random inputs against the model itself, within 1e-5; the hashes in fingerprint.pb must be
those that TensorFlow computes. The last line is 'N passed, M failed'; status 1 when any failed.
"""
import argparse, glob, os, subprocess, sys, tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import fingerprint_pb2, saved_model_pb2
from tensorflow.python.saved_model.pywrap_saved_model import fingerprinting

WAYS = {
    "frozen": ["freeze", "--saved-model"],
    "shared": ["freeze", "--saved-model", "--share"],
    "rewritten": ["savedmodel", "rewrite", "--strip", "save,debug", "--share"],
    "stripped": ["savedmodel", "rewrite", "--strip", "save,restore,debug"],
}
RESULTS = []


def record(model, check, why, quiet):
    RESULTS.append(why is None)
    if why is not None:
        print(f"FAIL {model} {check}: {why}", flush=True)
    elif not quiet:
        print(f"ok   {model} {check}", flush=True)


def tensor(rng, dtype, shape):
    shape = [2 if d is None or d < 0 else d for d in (shape or [])]
    if dtype == tf.string:
        return rng.choice([b"a", b"dog", b"2", b""], size=shape)
    if dtype == tf.bool:
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.is_integer:
        return rng.integers(0, 3, shape).astype(dtype.as_numpy_dtype)
    return rng.normal(size=shape).astype(dtype.as_numpy_dtype)


def meta_graph(folder, tags):
    model = saved_model_pb2.SavedModel()
    with open(os.path.join(folder, "saved_model.pb"), "rb") as f:
        model.ParseFromString(f.read())
    return next(m for m in model.meta_graphs if set(m.meta_info_def.tags) == set(tags))


def has_variables(folder):
    return os.path.exists(os.path.join(folder, "variables", "variables.index"))


def signatures(folder, tags):
    return {k: s for k, s in meta_graph(folder, tags).signature_def.items() if not k.startswith("__")}


def feeds(signature, rng):
    of = lambda i: tensor(rng, tf.as_dtype(i.dtype), None if i.tensor_shape.unknown_rank else [d.size for d in i.tensor_shape.dim])
    return {k: of(i) for k, i in signature.inputs.items()}


def by_session(folder, tags, inputs):
    """Every signature through TF1's loader, in one session."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.load(session, list(tags), folder)
        out = {}
        for key, feed in inputs.items():
            s = meta.signature_def[key]
            fetch = {k: i.name for k, i in s.outputs.items() if i.WhichOneof("encoding") == "name"}
            out[key] = session.run(fetch, {s.inputs[k].name: v for k, v in feed.items()})
        return out


def by_object(folder, tags, inputs):
    """Every signature through tf.saved_model.load."""
    model = tf.saved_model.load(folder, tags=list(tags))
    run = lambda key, feed: model.signatures[key](**{k: tf.constant(v) for k, v in feed.items()})
    return {key: {k: v.numpy() for k, v in run(key, feed).items()} for key, feed in inputs.items()}


def differ(got, want):
    for key, outputs in want.items():
        for name, w in outputs.items():
            if name not in got[key]:
                return f"{key} has no output {name}"
            g, w = np.asarray(got[key][name]), np.asarray(w)
            if g.shape != w.shape:
                return f"{key}/{name}: shape {g.shape}, expected {w.shape}"
            same = (g == w).all() if w.dtype == object or w.dtype.kind in "biuSU" else np.allclose(g, w, 1e-5, 1e-5, True)
            if not same:
                return f"{key}/{name}: the values differ"
    return None


def attempt(call):
    try:
        return call(), None
    except Exception as e:
        return None, f"{type(e).__name__}: {str(e)[:300]}"


def fingerprint(folder):
    got = fingerprint_pb2.FingerprintDef()
    with open(os.path.join(folder, "fingerprint.pb"), "rb") as f:
        got.ParseFromString(f.read())
    want = fingerprint_pb2.FingerprintDef()
    want.ParseFromString(fingerprinting.CreateFingerprintDef(folder))
    got.uuid = want.uuid
    return None if got == want else f"{got} for {want}"


def check(floe, folder, tags, name, quiet):
    rng = np.random.default_rng(1)
    inputs = {k: feeds(s, rng) for k, s in signatures(folder, tags).items()}
    # What the model itself answers, by the loader that can: some run in one of them only.
    want = {how.__name__: attempt(lambda how=how: how(folder, tags, inputs)) for how in (by_session, by_object)}
    if all(w is None for w, _ in want.values()):
        print(f"skip {name}: {want['by_object'][1]}", flush=True)
        return
    for way, command in WAYS.items():
        with tempfile.TemporaryDirectory() as tmp:
            out = os.path.join(tmp, "model")
            done = subprocess.run([floe, *command, folder, "-o", out], capture_output=True)
            if way == "stripped" and not meta_graph(folder, tags).HasField("object_graph_def") and has_variables(folder):
                record(name, f"{way}: refused", None if done.returncode == 1 else "status " + str(done.returncode), quiet)
                continue
            record(name, way, done.stderr.decode() if done.returncode else None, quiet)
            if done.returncode:
                continue
            record(name, f"{way}: verified", attempt(lambda: subprocess.run([floe, "verify", out], check=True, capture_output=True))[1], quiet)
            record(name, f"{way}: fingerprint", fingerprint(out), quiet)
            for how in (by_session, by_object):
                expected = want[how.__name__][0] or next(w for w, _ in want.values() if w is not None)
                if way == "stripped" and (how is by_session or not meta_graph(folder, tags).HasField("object_graph_def")):
                    continue
                if want[how.__name__][0] is None and way not in ("frozen", "shared"):
                    continue
                got, why = attempt(lambda: how(out, tags, inputs))
                record(name, f"{way}: {how.__name__}", why or differ(got, expected), quiet)


def keras_models(folder):
    """Models with random weights that nothing has trained: name and folder of each."""
    import keras
    keras.utils.set_random_seed(1)
    apps = keras.applications
    small = dict(weights=None, input_shape=(96, 96, 3), classes=10)
    for name, make in (("MobileNetV2", apps.MobileNetV2), ("ResNet50", apps.ResNet50), ("EfficientNetB0", apps.EfficientNetB0)):
        yield name, make(**small)
    yield "encoder", encoder(keras)


def encoder(keras, layers=2, width=32, heads=4, length=12, words=50):
    """An encoder of the BERT kind: token and position embeddings, masked self-attention, normalised residuals."""
    ids = keras.Input((length,), dtype="int32", name="ids")
    mask = keras.Input((length,), dtype="int32", name="mask")
    position = keras.layers.Embedding(length, width)(keras.ops.arange(length))
    x = keras.layers.LayerNormalization()(keras.layers.Embedding(words, width)(ids) + position)
    for _ in range(layers):
        seen = keras.ops.cast(mask, "bool")[:, None, :]
        a = keras.layers.MultiHeadAttention(heads, width // heads)(x, x, attention_mask=seen)
        x = keras.layers.LayerNormalization()(x + a)
        f = keras.layers.Dense(width, activation="gelu")(x)
        x = keras.layers.LayerNormalization()(x + keras.layers.Dense(width)(f))
    return keras.Model([ids, mask], {"sequence": x, "pooled": keras.layers.Dense(width, activation="tanh")(x[:, 0])})


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("models", nargs="*")
    p.add_argument("--floe", required=True)
    p.add_argument("--corpus")
    p.add_argument("--keras", action="store_true")
    p.add_argument("--quiet", action="store_true")
    args = p.parse_args()
    folders = list(args.models)
    if args.corpus:
        folders += sorted(glob.glob(os.path.join(args.corpus, "graph", "*", "saved_model")))
    with tempfile.TemporaryDirectory() as tmp:
        if args.keras:
            for name, model in keras_models(tmp):
                for how, save in (("save", tf.saved_model.save), ("export", lambda m, d: m.export(d, verbose=False))):
                    folders.append(os.path.join(tmp, f"{name}.{how}", "saved_model"))
                    save(model, folders[-1])
        for folder in folders:
            name = os.path.basename(os.path.dirname(os.path.abspath(folder)))
            check(os.path.abspath(args.floe), folder, ["serve"], name, args.quiet)
    failed = RESULTS.count(False)
    print(f"{len(RESULTS) - failed} passed, {failed} failed")
    sys.exit(failed > 0 or not RESULTS)


if __name__ == "__main__":
    main()
