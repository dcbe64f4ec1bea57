#!/usr/bin/env python3
"""Optimizes every graph of a corpus with `floe optimize` and holds it in TensorFlow against the graph it came from.

    optimize.py --floe FLOE --corpus CORPUS

Every pass runs alone and all run together. Inputs are the corpus' own. Prints a line for each graph and a
last one, `N checks, N failed`.
"""
import argparse, json, os, pathlib, subprocess, sys, tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
import numpy as np
import tensorflow as tf

TOLERANCE = 1e-5


def floe(*arguments):
    done = subprocess.run([ARGS.floe, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def load(path):
    if path.suffix == ".npy":
        return np.load(path)
    import base64
    text = json.loads(path.read_text())
    values = [base64.b64decode(v) for v in text["values_b64"]]
    return np.array(values, dtype=object).reshape(text["shape"])


def one_sample(graph, name, value):
    """The part of a batch that an input with a fixed one takes."""
    shape = graph.get_tensor_by_name(name).shape
    return value[: shape[0]] if shape.rank and shape[0] and shape[0] < len(value) else value


def run(path, feeds, fetches, init):
    graph_def = tf.compat.v1.GraphDef()
    graph_def.ParseFromString(path.read_bytes())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        with tf.compat.v1.Session(graph=graph) as session:
            for op in init:
                session.run(graph.get_operation_by_name(op))
            return session.run(fetches, {name: one_sample(graph, name, value) for name, value in feeds.items()})


def differs(got, want):
    for a, b in zip(got, want, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"{a.dtype} {a.shape} for {b.dtype} {b.shape}"
        if b.dtype.kind in "fc" or b.dtype.name == "bfloat16":
            if not np.allclose(a.astype(np.complex128), b.astype(np.complex128), TOLERANCE, TOLERANCE, equal_nan=True):
                return f"off by {np.max(np.abs(a - b))}"
        elif not np.array_equal(a, b):
            return "other values"
    return ""


def jobs(case, manifest):
    """(label, what `floe freeze` is given, the names of inputs and outputs or None for the signature's, goldens)"""
    if "signatures" in manifest:
        for key in sorted({g["signature"] for g in manifest["goldens"] if "signature" in g}) or ["serving_default"]:
            goldens = [g for g in manifest["goldens"] if g.get("signature", key) == key]
            yield key, [case / manifest["saved_model"], "--signature", key], None, goldens
    elif "fetches" in manifest:
        source = [case / manifest["graph"]]
        if "checkpoint" in manifest:
            source += ["--checkpoint", case / manifest["checkpoint"]]
        ports = manifest["feeds"], manifest["fetches"]
        source += ["--inputs", ",".join(ports[0].values()), "--outputs", ",".join(ports[1].values())]
        yield "graph", source, ports, manifest["goldens"]


def frozen_graphs(case, manifest, folder):
    for label, source, ports, goldens in jobs(case, manifest):
        path = folder / f"{label}.pb"
        info = floe("freeze", *source, "-o", path, "--json")
        yield path, ports or (info["inputs"], info["outputs"]), info["init"], goldens


def check(case, manifest, folder):
    """(checks, failures) of one case"""
    count, wrong, sizes = 0, [], []
    for path, (inputs, outputs), init, goldens in frozen_graphs(case, manifest, folder):
        goldens = [g for g in goldens if g.get("inputs") is not None and g.get("outputs")][:2]
        names = list(outputs.values())
        feeds = [{inputs[n]: load(case / t["file"]) for n, t in g["inputs"].items()} for g in goldens]
        before = [run(path, feed, names, init) for feed in feeds]
        for passes in [None, *PASSES]:
            smaller = path.with_suffix(".optimized.pb")
            wanted = ["--passes", passes] if passes else []
            report = floe("optimize", path, "-o", smaller, "--outputs", ",".join(names + init), "--json", *wanted)
            for feed, want in zip(feeds, before):
                count += 1
                try:
                    if fault := differs(run(smaller, feed, names, init), want):
                        wrong.append(f"{path.stem} {passes or 'all'}: {fault}")
                except Exception as e:
                    wrong.append(f"{path.stem} {passes or 'all'}: {str(e)[:300]}")
            if not passes:
                sizes.append(f"{report['nodes_before']} -> {report['nodes']}")
    print(f"{case.name}: {', '.join(sizes)} nodes", *wrong, sep="\n  ", flush=True)
    return count, len(wrong)


def main():
    total = failed = 0
    for case in sorted(pathlib.Path(ARGS.corpus).glob("*/*/manifest.json")):
        manifest = json.loads(case.read_text())
        if manifest["kind"] in ("graph", "model") and "goldens" in manifest:
            with tempfile.TemporaryDirectory() as folder:
                count, wrong = check(case.parent, manifest, pathlib.Path(folder))
            total, failed = total + count, failed + wrong
    print(f"{total} checks, {failed} failed")
    sys.exit(1 if failed or not total else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floe", required=True)
    parser.add_argument("--corpus", required=True)
    ARGS = parser.parse_args()
    PASSES = ["orders", "identity", "fold", "norm", "arithmetic", "share"]
    main()
