#!/usr/bin/env python3
"""TensorFlow and Floe on the same files, in turn, in one run; prints times and ratios.

    against_tensorflow.py --floe target/release/floe [--model SAVED_MODEL] [--checkpoint PREFIX] [--mib 256] [--runs 5]

Needs the packages tensorflow-cpu and ai-edge-litert. Two kinds of rows:

  process   a whole command, from its start to its end, as a build script or a user pays for it;
            TensorFlow's includes the import
  inside    TensorFlow's call alone in a process that has it imported, against a whole process of Floe

Both sides do the same job on the same files and their results are compared. Each row is the median of the
runs, the two sides taking turns. `ratio` is TensorFlow's time by Floe's.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
DIGITS = os.path.join(HERE, "..", "tests", "fixtures", "digits")
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": ""}
os.environ.update(QUIET)


def run(*argv):
    begun = time.perf_counter()
    done = subprocess.run([str(a) for a in argv], capture_output=True, env=QUIET)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, argv))}\n{done.stderr.decode()}")
    return time.perf_counter() - begun


def python(code, *argv):
    return run(sys.executable, "-c", code, *argv)


def timed(call):
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


LIST = """
import sys, tensorflow as tf
print(tf.train.list_variables(sys.argv[1]))
"""
SHOW = """
import sys, tensorflow as tf
m = tf.saved_model.load(sys.argv[1])
for key, f in m.signatures.items(): print(key, f.structured_input_signature, f.structured_outputs)
"""
FREEZE = """
import sys, tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2 as freeze
f = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
open(sys.argv[2], "wb").write(freeze(f).graph.as_graph_def().SerializeToString())
"""
CONVERT = """
import sys, tensorflow as tf
open(sys.argv[2], "wb").write(tf.lite.TFLiteConverter.from_saved_model(sys.argv[1]).convert())
"""
RUN = """
import sys, numpy as np
from ai_edge_litert.interpreter import Interpreter
it = Interpreter(model_path=sys.argv[1], num_threads=1); it.allocate_tensors()
x = np.load(sys.argv[2]); d = it.get_input_details()[0]; out = []
for s in x:
    it.set_tensor(d["index"], s); it.invoke(); out.append(it.get_tensor(it.get_output_details()[0]["index"]))
np.save(sys.argv[3], np.stack(out))
"""


class Table:
    def __init__(self, runs):
        self.runs, self.rows = runs, []

    def row(self, job, kind, tensorflow, floe):
        """Times both sides in turn."""
        times = [(tensorflow(), floe()) for _ in range(self.runs)]
        tf, fl = (statistics.median(t) for t in zip(*times))
        self.rows.append((job, kind, tf, fl))
        print(f"{job:44} {kind:8} {tf * 1e3:10.1f} ms {fl * 1e3:10.1f} ms {tf / fl:8.1f} x", flush=True)


def large_checkpoint(folder, mib):
    """A checkpoint of so many MiB in variables of 4 MiB."""
    import tensorflow as tf
    variables = {f"v{i:04}": tf.Variable(tf.random.stateless_normal([1 << 20], [i, 1])) for i in range(mib // 4)}
    return tf.train.Checkpoint(**variables).write(os.path.join(folder, "large"))


def read_all(tf, prefix):
    reader = tf.train.load_checkpoint(prefix)
    for name in reader.get_variable_to_shape_map():
        reader.get_tensor(name)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--floe", required=True)
    p.add_argument("--model", default=os.path.join(DIGITS, "saved_model"))
    p.add_argument("--checkpoint", default=os.path.join(DIGITS, "checkpoint", "ckpt-1"))
    p.add_argument("--mib", type=int, default=256)
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--json", help="write the rows here too")
    args = p.parse_args()
    floe = os.path.abspath(args.floe)
    import tensorflow as tf
    table = Table(args.runs)
    print(f"{'job':44} {'':8} {'TensorFlow':>13} {'Floe':>13} {'ratio':>10}")
    with tempfile.TemporaryDirectory() as tmp:
        a, b = os.path.join(tmp, "a"), os.path.join(tmp, "b")
        table.row("list a checkpoint", "process", lambda: python(LIST, args.checkpoint), lambda: run(floe, "tensors", args.checkpoint))
        table.row("show a SavedModel's signatures", "process", lambda: python(SHOW, args.model), lambda: run(floe, "inspect", args.model))
        table.row("freeze a SavedModel", "process", lambda: python(FREEZE, args.model, a), lambda: run(floe, "freeze", args.model, "-o", b + ".pb"))
        table.row("convert a SavedModel to float .tflite", "process", lambda: python(CONVERT, args.model, a), lambda: run(floe, "convert", args.model, "-o", b + ".tflite"))
        model, data = (os.path.join(DIGITS, "tflite", f) for f in ("int8.tflite", "int8.in0.npy"))
        table.row("run 200 samples of an int8 .tflite", "process", lambda: python(RUN, model, data, a + ".npy"), lambda: run(floe, "run", model, "--samples", "--input", data, "--output", b))
        import numpy as np
        assert (np.load(a + ".npy") == np.load(os.path.join(b, "0.npy"))).all(), "the outputs differ"
        large = large_checkpoint(tmp, args.mib)
        table.row(f"read and check a checkpoint of {args.mib} MiB", "inside", lambda: timed(lambda: read_all(tf, large)), lambda: run(floe, "verify", large))
    if args.json:
        json.dump([dict(zip(("job", "kind", "tensorflow_s", "floe_s"), r)) for r in table.rows], open(args.json, "w"), indent=1)


if __name__ == "__main__":
    main()
