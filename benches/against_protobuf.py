#!/usr/bin/env python3
"""The same model as `.tflite` and as frozen GraphDef, read by Floe and by its peers: the table of the README.

    against_protobuf.py [--models FOLDER] [--markdown]

Builds what it needs; makes the models with `models.py` where FOLDER has none. Needs the packages
tensorflow-cpu and ai-edge-litert. Each contender reads each file in a process of its own:

  first   opening the mapped file, with the checks named, and the first operator; median of many runs
  all     the same and every operator and tensor: name, type, shape, operands, where the weights lie
  allocs  allocations of the latter, and the bytes allocated, among them every copy of weights
  peak    memory that the latter brings in, mapped pages of the file counted
"""
import argparse, glob, json, os, subprocess, sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}

# What the two Pythons share: the clock and the memory. `read` opens the file and gives first or all.
COMMON = """
import json, sys, time
def status(key):
    return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith(key))
def median(f):
    times, begun = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begun < 0.4:
        t = time.perf_counter(); f(); times.append(time.perf_counter() - t)
    return sorted(times)[len(times) // 2] * 1e9
def main(first, all):
    open("/proc/self/clear_refs", "w").write("5")
    before = status("VmRSS:"); all(); peak = status("VmHWM:") - before
    print(json.dumps({"first_ns": median(first), "all_ns": median(all), "peak_kib": peak}))
path = sys.argv[1]
"""
PROTOBUF = COMMON + """
from tensorflow.core.framework import graph_pb2
def load():
    graph = graph_pb2.GraphDef(); graph.ParseFromString(open(path, "rb").read()); return graph
def node(n):
    total = len(n.op) + len(n.name) + sum(map(len, n.input))
    for a in n.attr.values():
        if a.HasField("tensor"): total += len(a.tensor.tensor_content) + sum(d.size for d in a.tensor.tensor_shape.dim)
    return total
main(lambda: node(load().node[0]), lambda: sum(map(node, load().node)))
"""
LITERT = COMMON + """
from ai_edge_litert.interpreter import Interpreter, OpResolverType
def load():
    return Interpreter(model_path=path, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
def all():
    it = load(); return it._get_ops_details(), it.get_tensor_details()
main(lambda: load()._get_op_details(0), all)
"""
OTHERS = [("LiteRT Interpreter", "tflite", "structure, kernels made", LITERT), ("Python protobuf", "pb", "wire format", PROTOBUF)]
SHOWN = {"floe-trusted": "floe-tflite, verified before", "floe": "floe-tflite", "floe-verify": "floe-tflite, `verify`",
         "flatbuffers": "crate flatbuffers", "prost-bytes": "prost, `Bytes`", "prost-owned": "prost, owned"}


def run(*argv):
    done = subprocess.run([str(a) for a in argv], capture_output=True, env=QUIET, cwd=TOP)
    return done.stdout.decode() if done.returncode == 0 else None


def need(*argv):
    out = run(*argv)
    if out is None:
        sys.exit(f"failed: {' '.join(map(str, argv))}")
    return out


def make_models(folder, bins):
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, "chain_10k.tflite")):
        need("cargo", "build", "-q", "--release", "-p", "floe-cli")
        need(sys.executable, "benches/models.py", "--floe", os.path.join(bins, "floe"), "-o", folder)
    if not os.path.exists(os.path.join(folder, "two_gib.pb")):
        need(os.path.join(bins, "synthetic"), folder)


def time_text(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.0f} ns"


def size_text(n):
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if n >= size:
            return f"{n / size:.3g} {unit}"
    return f"{n} B"


def rows(model, bins):
    measure, allocations = os.path.join(bins, "measure"), os.path.join(bins, "allocations")
    for line in need(measure).split("\n"):
        if line:
            name, ending, checked = line.split(":")
            took = run(measure, name, f"{model}.{ending}")
            counted = run(allocations, name, f"{model}.{ending}") if took else None
            yield SHOWN[name], checked, took and json.loads(took), counted and json.loads(counted)
    for name, ending, checked, code in OTHERS:
        took = run(sys.executable, "-c", code, f"{model}.{ending}")
        yield name, checked, took and json.loads(took), None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--models", default=os.path.join(TOP, "target", "bench-models"))
    args = p.parse_args()
    bins = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(TOP, "target")), "release")
    need("cargo", "build", "-q", "--release", "-p", "floe-benches", "--bin", "measure", "--bin", "allocations", "--bin", "synthetic")
    folder = os.path.abspath(args.models)
    make_models(folder, bins)
    models = sorted({os.path.splitext(f)[0] for f in glob.glob(os.path.join(folder, "*.tflite"))}, key=lambda m: os.path.getsize(m + ".tflite"))
    print("| read by | checked | first op | every op and tensor | allocations | allocated | peak memory |\n|---|---|--:|--:|--:|--:|--:|")
    for model in models:
        sizes = [size_text(os.path.getsize(f"{model}.{e}")) for e in ("tflite", "pb")]
        print(f"| **{os.path.basename(model)}**, {sizes[0]} `.tflite`, {sizes[1]} `.pb` | | | | | | |")
        for name, checked, took, counted in rows(model, bins):
            if took is None:
                print(f"| {name} | cannot read it | | | | | |", flush=True)
                continue
            allocs = f"{counted['allocations']:,} | {size_text(counted['bytes'])}" if counted else "| "
            print(f"| {name} | {checked} | {time_text(took['first_ns'])} | {time_text(took['all_ns'])} | {allocs} | {size_text(took['peak_kib'] << 10)} |", flush=True)
    print("\n```\n" + need("cargo", "run", "-q", "-p", "xtask", "--", "footprint") + "```")


if __name__ == "__main__":
    main()
