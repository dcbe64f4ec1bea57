#!/usr/bin/env python3
"""TensorFlow and Floe on the same files, in turn, in one run; prints times and ratios.

    cargo build --release -p floe-cli -p floe-benches
    against_tensorflow.py --floe target/release/floe [--model SAVED_MODEL] [--checkpoint PREFIX] [--runs 5]
    against_tensorflow.py --checkpoints target/release/checkpoint [--mib 1024] [--folder DIR] [--runs 5]
    against_tensorflow.py --graphs target/release/graph --floe target/release/floe [--folder DIR] [--runs 5]

Needs the packages tensorflow-cpu and ai-edge-litert. Three kinds of rows:

  process   a whole command, from its start to its end, as a build script or a user pays for it;
            TensorFlow's includes the import
  inside    TensorFlow's call alone, in a process that has it imported and warm, against the same job of
            Floe's library, warm too
  bar       no TensorFlow: what the machine itself needs, or Floe's own other way, in TensorFlow's column

Both sides do the same job on the same files and their results are compared. The sides take turns. A row is
the median of the runs, or with --best the best of each side, for a machine that has other work too. `ratio`
is the left side's time by Floe's; `cpu` the same of the time that processors ran for each, in the program or
in the system for it, which other work on the machine changes little.
"""
import argparse, json, os, pathlib, resource, statistics, subprocess, sys, tempfile, time
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
DIGITS = os.path.join(HERE, "..", "tests", "fixtures", "digits")
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": ""}
os.environ.update(QUIET)


class Cost(NamedTuple):
    """Seconds: on the clock, and of processors at work; None where that is not known."""

    wall: float
    cpu: float | None

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


def timed(call):
    """What `call` costs, its child processes with it."""
    def cpu():
        return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
    begun, ran = time.perf_counter(), cpu()
    call()
    return Cost(time.perf_counter() - begun, cpu() - ran)


def run(*argv):
    def whole():
        done = subprocess.run([str(a) for a in argv], capture_output=True, env=QUIET)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, argv))}\n{done.stderr.decode()}")
    return timed(whole)


def python(code, *argv):
    return run(sys.executable, "-c", code, *argv)


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
model = tf.saved_model.load(sys.argv[1])
open(sys.argv[2], "wb").write(freeze(model.signatures["serving_default"]).graph.as_graph_def().SerializeToString())
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
    def __init__(self, runs, best):
        self.runs, self.middle, self.rows = runs, min if best else statistics.median, []
        print(f"{'job':48} {'':8} {'TensorFlow':>13} {'Floe':>13} {'ratio':>10} {'cpu':>10}")

    def row(self, job, kind, tensorflow, floe):
        """Times both sides in turn."""
        costs = [(tensorflow(), floe()) for _ in range(self.runs)]
        tf, fl = (self.middle(c.wall for c in side) for side in zip(*costs))
        cpus = [[c.cpu for c in side if c.cpu] for side in zip(*costs)]
        cpu = self.middle(cpus[0]) / self.middle(cpus[1]) if all(cpus) else None
        self.rows.append((job, kind, tf, fl, cpu))
        ratio = f"{cpu:8.2f} x" if cpu else f"{'':10}"
        print(f"{job:48} {kind:8} {tf * 1e3:10.2f} ms {fl * 1e3:10.2f} ms {tf / fl:8.2f} x {ratio}", flush=True)


def commands(args, tf, table, tmp):
    """Whole commands on small models."""
    floe = os.path.abspath(args.floe)
    a, b = os.path.join(tmp, "a"), os.path.join(tmp, "b")
    table.row("list a checkpoint", "process", lambda: python(LIST, args.checkpoint), lambda: run(floe, "tensors", args.checkpoint))
    table.row("show a SavedModel's signatures", "process", lambda: python(SHOW, args.model), lambda: run(floe, "inspect", args.model))
    table.row("freeze a SavedModel", "process", lambda: python(FREEZE, args.model, a), lambda: run(floe, "freeze", args.model, "-o", b + ".pb"))
    table.row("convert a SavedModel to float .tflite", "process", lambda: python(CONVERT, args.model, a), lambda: run(floe, "convert", args.model, "-o", b + ".tflite"))
    model, data = (os.path.join(DIGITS, "tflite", f) for f in ("int8.tflite", "int8.in0.npy"))
    table.row("run 200 samples of an int8 .tflite", "process", lambda: python(RUN, model, data, a + ".npy"), lambda: run(floe, "run", model, "--samples", "--input", data, "--output", b))
    import numpy as np
    assert (np.load(a + ".npy") == np.load(os.path.join(b, "0.npy"))).all(), "the outputs differ"


class Jobs:
    """Jobs of a binary of `benches/src/bin` beside TensorFlow's."""

    def __init__(self, binary, tf, table, folder):
        self.bin, self.tf, self.table, self.folder = os.path.abspath(binary), tf, table, folder
        self.rss = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def floe(self, job, *argv):
        """What a job costs inside a process of Floe's; notes its resident memory beyond maps."""
        done = subprocess.run([self.bin, job, *map(str, argv)], capture_output=True, check=True)
        line = json.loads(done.stdout)
        self.rss[job] = max(self.rss.get(job, 0), line["rss"])
        self.count = line["count"]
        return Cost(line["seconds"], line["cpu"])

    def memory(self):
        for job, rss in self.rss.items():
            print(f"resident memory of `{job}` beyond the maps: {rss / 2**20:.1f} MiB")


class Graphs(Jobs):
    """The jobs of `benches/src/bin/graph.rs` beside TensorFlow's."""

    def large(self, path, mib=300, layers=150):
        """A frozen graph of dense layers with weights of so many MiB in all."""
        import numpy as np
        side = int((mib * 2**20 / 4 / layers) ** 0.5)
        random = np.random.default_rng(1)
        with self.tf.Graph().as_default() as graph:
            x = self.tf.compat.v1.placeholder(self.tf.float32, [None, side], "x")
            for i in range(layers):
                weights = self.tf.constant(random.standard_normal((side, side), np.float32), name=f"layer_{i}/kernel")
                x = self.tf.nn.relu(self.tf.matmul(x, weights))
            with open(path, "wb") as f:
                f.write(graph.as_graph_def().SerializeToString())

    def resnet(self, path):
        keras = self.tf.keras
        keras.utils.set_random_seed(1)
        keras.applications.ResNet50(weights=None).export(path, verbose=False)

    def walk(self, path):
        def every():
            graph = self.tf.compat.v1.GraphDef()
            with open(path, "rb") as f:
                graph.ParseFromString(f.read())
            seen = [(n.name, n.op, list(n.input)) for n in graph.node]
            shapes = [(n.attr["value"].tensor.dtype, len(n.attr["value"].tensor.tensor_shape.dim)) for n in graph.node if n.op == "Const"]
            assert shapes and len(seen) == self.count, "not the same nodes"
        return timed(every)

    def freeze(self, folder, out):
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
        def whole():
            model = self.tf.saved_model.load(folder)
            frozen = convert_variables_to_constants_v2(model.signatures["serving_default"]).graph.as_graph_def()
            with open(out, "wb") as f:
                f.write(frozen.SerializeToString())
        return timed(whole)

    def rows(self, floe):
        large, resnet, a, b = map(self.path, ("large.pb", "resnet50", "a.pb", "b.pb"))
        self.large(large)
        self.resnet(resnet)
        row = self.table.row
        self.floe("walk", large)
        row(f"open and walk a frozen graph of {os.path.getsize(large) >> 20} MiB", "inside", lambda: self.walk(large), lambda: self.floe("walk", large))
        row("freeze ResNet50: load, freeze, write", "inside", lambda: self.freeze(resnet, a), lambda: self.floe("freeze", resnet, b))
        row("freeze ResNet50", "process", lambda: python(FREEZE, resnet, a), lambda: run(floe, "freeze", resnet, "-o", b))
        row("inspect ResNet50's SavedModel", "process", lambda: python(SHOW, resnet), lambda: run(floe, "inspect", resnet))
        self.memory()


class Checkpoints(Jobs):
    """The jobs of `benches/src/bin/checkpoint.rs` beside TensorFlow's."""

    def __init__(self, args, *others):
        super().__init__(args.checkpoints, *others)
        self.mib = args.mib

    def read(self, prefix):
        """Opens, and reads everything in one call."""
        def all():
            dtype_of = self.tf.train.load_checkpoint(prefix).get_variable_to_dtype_map()
            names = sorted(dtype_of)
            dtypes = [dtype_of[n] for n in names]
            return self.tf.raw_ops.RestoreV2(prefix=prefix, tensor_names=names, shape_and_slices=[""] * len(names), dtypes=dtypes)
        return timed(all)

    def read_each(self, prefix):
        """Opens, and reads every tensor by a call of its own, as tools that look at checkpoints do."""
        def all():
            reader = self.tf.train.load_checkpoint(prefix)
            return [reader.get_tensor(n) for n in reader.get_variable_to_shape_map()]
        return timed(all)

    def list(self, prefix):
        def every():
            reader = self.tf.train.load_checkpoint(prefix)
            return reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
        return timed(every)

    def write(self, source):
        reader = self.tf.train.load_checkpoint(source)
        names = sorted(reader.get_variable_to_shape_map())
        tensors = [self.tf.constant(reader.get_tensor(n)) for n in names]
        save = lambda: self.tf.raw_ops.SaveV2(prefix=self.path("tf"), tensor_names=names, shape_and_slices=[""] * len(names), tensors=tensors)
        return self.anew("tf", lambda: timed(save))

    def anew(self, name, write):
        """`write` where nothing is yet: to replace a file makes some file systems write the new one out at once."""
        def run():
            for old in pathlib.Path(self.folder).glob(name + ".*"):
                old.unlink()
            os.sync()
            return write()
        return run

    def rows(self):
        row, large, size = self.table.row, [self.path(f"large{i}") for i in range(3)], f"{self.mib} MiB"
        for prefix in large:
            self.floe("make", prefix, 393, self.mib)
        floe = lambda *argv: lambda: self.floe(*argv)
        row(f"read and check {size}, 393 tensors", "inside", lambda: self.read(large[0]), floe("read", large[0]))
        row("  beside one thread's map and CRC32C of the file", "bar", floe("sum", large[0]), floe("read", large[0]))
        clock = lambda *argv: lambda: self.floe(*argv)._replace(cpu=None)
        row("  two threads beside one", "bar", floe("read", large[0]), clock("read", large[0], 2))
        for count in 10_000, 100_000:
            few = self.path(f"many{count}")
            self.floe("make", few, count, 1)
            row(f"open and list {count} tensors", "inside", lambda: self.list(few), floe("list", few))
        row("open and read 100000 tiny tensors, one by one", "inside", lambda: self.read_each(few), floe("read", few))
        row("  TensorFlow's in one call", "inside", lambda: self.read(few), floe("read", few))
        row(f"write {size}, 393 tensors", "inside", self.write(large[0]), self.anew("floe", floe("write", large[0], self.path("floe"))))
        same = lambda prefix: open(prefix + ".index", "rb").read()
        assert same(self.path("tf")) == same(self.path("floe")), "the indexes differ"
        row(f"average 3 of {size}, beside reading them", "bar", lambda: sum((self.floe("read", p) for p in large), Cost(0, 0)), floe("average", *large, self.path("mean")))
        self.memory()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--floe", help="the command, for whole commands on small models")
    p.add_argument("--model", default=os.path.join(DIGITS, "saved_model"))
    p.add_argument("--checkpoint", default=os.path.join(DIGITS, "checkpoint", "ckpt-1"))
    p.add_argument("--checkpoints", help="the bench's binary `checkpoint`, for jobs on large checkpoints")
    p.add_argument("--graphs", help="the bench's binary `graph`, for jobs on large graphs")
    p.add_argument("--mib", type=int, default=1024, help="the size of a large checkpoint; seven times as much goes to the disk")
    p.add_argument("--folder", help="where the large checkpoints go")
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--best", action="store_true", help="compare the best of each side's runs, not the median")
    p.add_argument("--json", help="write the rows here too")
    args = p.parse_args()
    import tensorflow as tf
    table = Table(args.runs, args.best)
    with tempfile.TemporaryDirectory(dir=args.folder) as tmp:
        if args.graphs:
            Graphs(args.graphs, tf, table, tmp).rows(args.floe or p.error("--graphs needs --floe"))
        elif args.floe:
            commands(args, tf, table, tmp)
        if args.checkpoints:
            Checkpoints(args, tf, table, tmp).rows()
    if args.json:
        json.dump([dict(zip(("job", "kind", "tensorflow_s", "floe_s", "cpu_ratio"), r)) for r in table.rows], open(args.json, "w"), indent=1)


if __name__ == "__main__":
    main()
