#!/usr/bin/env python3
"""Makes models of many kinds in TensorFlow, freezes each with `floe freeze`, and holds the frozen graph against the model.

    freeze.py --floe FLOE [--only GLOB] [--keep FOLDER] [--quiet]

Each signature is called several times in a row, on a model freshly loaded and on the frozen graph in one session, so that
what a call leaves behind counts as well. Outputs must agree within 1e-5. A frozen graph must also survive `floe verify`, and
`floe optimize`, after which it must still agree. Kinds that need the package tf_keras are left out where it is missing.
The last line is `N checks, N failed`.
"""
import argparse, fnmatch, json, os, shutil, subprocess, sys, tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
import numpy as np
import tensorflow as tf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "models"))
import frozen_tf1
import frozen_tf2

TOLERANCE = 1e-5
RESULTS = []


def record(name, check, why):
    RESULTS.append(not why)
    if why or not ARGS.quiet:
        print(f"{'FAIL' if why else 'ok  '} {name} {check}{': ' if why else ''}{why or ''}", flush=True)


def floe(*arguments):
    done = subprocess.run([ARGS.floe, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def differs(got, want):
    for k, (a, b) in enumerate(zip(got, want, strict=True)):
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
            return f"output {k}: {a.dtype} {a.shape} for {b.dtype} {b.shape}"
        if b.dtype.kind in "fcV":
            if not np.allclose(a.astype(np.complex128), b.astype(np.complex128), TOLERANCE, TOLERANCE, equal_nan=True):
                return f"output {k}: off by {np.max(np.abs(a - b))}"
        elif not np.array_equal(a, b):
            return f"output {k}: other values"
    return ""


def run_frozen(path, calls, init):
    """The outputs of each call, (feeds, fetches) by tensor name, of one session."""
    graph_def = tf.compat.v1.GraphDef()
    with open(path, "rb") as f:
        graph_def.ParseFromString(f.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        with tf.compat.v1.Session(graph=graph) as session:
            for op in init:
                session.run(graph.get_operation_by_name(op))
            return [session.run(fetches, feeds) for feeds, fetches in calls]


def attempt(name, check, call):
    try:
        value = call()
    except Exception as error:
        record(name, check, f"{type(error).__name__}: {str(error)[:500]}")
        return None
    return value


def check(job, folder):
    """Freezes one job (see frozen_tf2.Job) and compares."""
    pb = os.path.join(folder, "frozen.pb")
    command = ["freeze", *job.source, "-o", pb, "--json"]
    if job.refused:
        done = subprocess.run([ARGS.floe, *command], capture_output=True, text=True)
        said = done.returncode == 1 and all(word in done.stderr for word in job.refused)
        return record(job.name, "refused", "" if said else f"exit {done.returncode}: {done.stderr.strip()}")
    text = attempt(job.name, "freeze", lambda: floe(*command))
    if text is None:
        return
    info = json.loads(text)
    ports = (lambda side, name: info[side].get(name, name))
    calls = [({ports("inputs", k): v for k, v in feeds.items()}, [ports("outputs", k) for k in want])
             for feeds, want in job.calls]
    optimized = os.path.join(folder, "optimized.pb")
    for label, path in (("frozen", pb), ("optimized", optimized)):
        if label == "optimized":
            roots = ",".join(sorted(set(info["outputs"].values()) | set(info["init"])))
            if attempt(job.name, "optimize", lambda: floe("optimize", pb, "-o", optimized, "--outputs", roots)) is None:
                return
        attempt(job.name, f"{label}: verify", lambda: floe("verify", path))
        got = attempt(job.name, f"{label}: run", lambda: run_frozen(path, calls, info["init"]))
        if got is not None:
            why = [differs(g, [v for v in want.values()]) for g, (_, want) in zip(got, job.calls)]
            record(job.name, label, next((f"call {k}: {w}" for k, w in enumerate(why) if w), ""))


def main():
    global ARGS
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--floe", required=True)
    p.add_argument("--only", default="*")
    p.add_argument("--keep", help="leave the models and frozen graphs in this folder")
    p.add_argument("--quiet", action="store_true")
    ARGS = p.parse_args()
    top = ARGS.keep or tempfile.mkdtemp()
    for name, make in {**frozen_tf2.MODELS, **frozen_tf1.MODELS}.items():
        if not fnmatch.fnmatch(name, ARGS.only):
            continue
        folder = os.path.join(top, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        try:
            jobs = list(make(folder))
        except frozen_tf2.Missing as missing:
            print(f"skip {name}: {missing}")
            continue
        except Exception as error:
            record(name, "make", f"{type(error).__name__}: {str(error)[:800]}")
            continue
        for k, job in enumerate(jobs):
            job.name = f"{name} {job.name}".strip()
            out = os.path.join(folder, f"job{k}")
            os.makedirs(out)
            check(job, out)
    if not ARGS.keep:
        shutil.rmtree(top)
    print(f"{len(RESULTS)} checks, {RESULTS.count(False)} failed")
    sys.exit(RESULTS.count(False) > 0 or not RESULTS)


if __name__ == "__main__":
    main()
