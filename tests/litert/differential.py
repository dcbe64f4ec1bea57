#!/usr/bin/env python3
"""Runs models in LiteRT's reference kernels and in floe, on the same inputs, and reports every difference.

    differential.py --floe FLOE MODELS       every .tflite file below the folder MODELS
    differential.py --floe FLOE --grid [--only TEXT] [--seed N]

Integers must be equal to the bit, floats within 1e-5 of the larger of 1 and the largest value. What LiteRT refuses, what
brings its process down, and what has results that are no finite numbers (which integers they become is not defined) is counted
apart; what LiteRT runs and floe refuses is a difference.
"""
import argparse, base64, collections, json, os, pickle, re, signal, subprocess, sys, tempfile, zlib
import numpy as np
from ai_edge_litert import interpreter as litert

SAMPLES = 3


def random_input(detail, rng):
    shape, dtype = detail["shape"], detail["dtype"]
    if dtype in (bytes, str, np.bytes_, np.object_):
        return np.array([b"w%d" % v for v in rng.integers(0, 9, int(np.prod(shape)))], object).reshape(shape)
    dtype = np.dtype(dtype)
    if dtype.name == "int4":
        return rng.integers(-8, 8, shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind == "c":
        return (rng.uniform(-2, 2, shape) + 1j * rng.uniform(-2, 2, shape)).astype(dtype)
    if dtype.kind == "f":
        return rng.uniform(-4, 4, shape).astype(dtype)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    if dtype.itemsize > 2:
        low, high = -200 if low else 0, 200
    return rng.integers(low, high, shape, endpoint=True).astype(dtype)


def oracle(model, feed, samples, otherwise=False):
    """[(inputs, outputs)] of successive runs; of the optimized kernels where there are no reference kernels, when that will do."""
    resolvers = litert.OpResolverType
    make = lambda resolver: litert.Interpreter(model_content=model, num_threads=1, experimental_op_resolver_type=resolver)
    try:
        it = make(resolvers.BUILTIN_REF)
    except ValueError:
        if not otherwise:
            raise
        it = make(resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    it.allocate_tensors()
    ins, outs = it.get_input_details(), it.get_output_details()
    rows = []
    for sample in range(samples):
        row = feed(sample) if feed else [random_input(d, np.random.default_rng([sample, i])) for i, d in enumerate(ins)]
        for d, x in zip(ins, row):
            it.set_tensor(d["index"], x)
        it.reset_all_variables()
        it.invoke()
        rows.append((row, [np.copy(it.get_tensor(d["index"])) for d in outs]))
    return rows


def apart(fn, *args):
    """What `fn` gives in a process of its own: ("ok", value), ("error", text) or ("crash", signal)."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            value = ("ok", fn(*args))
        except Exception as e:
            value = ("error", f"{type(e).__name__}: {e}")
        with os.fdopen(w, "wb") as f:
            f.write(pickle.dumps(value))
        os._exit(0)
    os.close(w)
    with os.fdopen(r, "rb") as f:
        data = f.read()
    status = os.waitpid(pid, 0)[1]
    return pickle.loads(data) if data else ("crash", signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else str(status))


def save(path, x):
    if x.dtype == object:
        values = [base64.b64encode(v).decode() for v in x.reshape(-1)]
        json.dump(dict(dtype="string", shape=list(x.shape), values_b64=values), open(path + ".json", "w"))
        return path + ".json"
    np.save(path + ".npy", x.astype(np.int8) if x.dtype.name == "int4" else x)
    return path + ".npy"


def load(path):
    if path.endswith(".json"):
        j = json.load(open(path))
        return np.array([base64.b64decode(v) for v in j["values_b64"]], object).reshape(j["shape"])
    return np.load(path)


def run_floe(floe, path, row, folder, *flags):
    args = [a for i, x in enumerate(row) for a in ("--input", save(f"{folder}/in{i}", x))]
    out = f"{folder}/out"
    r = subprocess.run([floe, "run", path, *flags, *args, "--output", out], capture_output=True, text=True, timeout=60)
    if r.returncode:
        raise RuntimeError(f"floe gives {r.returncode}: " + re.sub(r"/\S*/", "", r.stderr.strip().split("\n")[0]))
    return [load(f"{out}/{o['file']}") for o in json.load(open(f"{out}/outputs.json"))]


def pairs(floe, path, rows, folder):
    """(output's number, floe's, LiteRT's): all samples at once where their shapes are equal."""
    ins, outs = zip(*rows)
    alike = lambda all: all[0] and len({tuple(x.shape for x in row) for row in all}) == 1
    if alike(ins) and alike(outs):
        stack = lambda all: [np.stack(column) for column in zip(*all)]
        got = run_floe(floe, path, stack(ins), folder, "--samples")
        yield from ((i, g, w) for i, (g, w) in enumerate(zip(got, stack(outs), strict=True)))
        return
    for row, want in rows:
        got = run_floe(floe, path, row, folder)
        yield from ((i, g, w) for i, (g, w) in enumerate(zip(got, want, strict=True)))


def difference(got, want):
    """What is wrong with `got`; None when nothing is."""
    if got.shape != want.shape:
        return f"shape {got.shape}, LiteRT {want.shape}"
    if want.dtype.name == "int4":
        want = want.astype(np.int8)
    if got.dtype != want.dtype:
        return f"dtype {got.dtype}, LiteRT {want.dtype}"
    if got.dtype.kind in "fc":
        wide = np.complex128 if got.dtype.kind == "c" else np.float64
        g, w = got.astype(wide), want.astype(wide)
        step = 1e-3 if got.dtype == np.float16 else 1e-5
        with np.errstate(all="ignore"):
            top = np.max(np.abs(w[np.isfinite(w)]), initial=1)
            same = (g == w) | (np.isnan(g) & np.isnan(w)) | (np.abs(g - w) <= step * top)
    else:
        same = got == want
    if np.all(same):
        return None
    bad = np.argwhere(~np.atleast_1d(same))
    at = tuple(bad[0]) if got.ndim else ()
    return f"{len(bad)} of {got.size} differ, first at {[int(i) for i in at]}: {got[at]}, LiteRT {want[at]}"


def check(floe, model, feed, folder, otherwise):
    """("same" | "differs" | "refused" | "crashes", why)."""
    kind, rows = apart(oracle, model, feed, SAMPLES, otherwise)
    if kind != "ok":
        return ("refused" if kind == "error" else "crashes"), rows
    if not otherwise and not all(np.all(np.isfinite(x)) for _, outs in rows for x in outs if x.dtype.kind == "f"):
        return "not finite", ""
    path = f"{folder}/model.tflite"
    with open(path, "wb") as f:
        f.write(model)
    try:
        for i, got, want in pairs(floe, path, rows, folder):
            why = difference(got, want)
            if why:
                return "differs", f"output {i}: {why}"
    except Exception as e:
        return "differs", str(e) if isinstance(e, RuntimeError) else f"{type(e).__name__}: {e}"
    return "same", ""


def models_below(folder):
    for root, _, files in sorted(os.walk(folder)):
        for f in sorted(files):
            if f.endswith(".tflite"):
                yield os.path.relpath(os.path.join(root, f), folder), open(os.path.join(root, f), "rb").read(), None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--floe", required=True)
    p.add_argument("models", nargs="?")
    p.add_argument("--grid", action="store_true")
    p.add_argument("--only", default="")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--keep", help="a folder for the models that differ")
    p.add_argument("--known", help="a file of differences that are known: a pattern of names and the reason, line by line")
    p.add_argument("--at-least", type=int, default=1, help="how many models must give the same")
    p.add_argument("--refused", action="store_true", help="also say what LiteRT refuses")
    args = p.parse_args()
    if args.grid:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        import grid
        cases = grid.cases(args.seed)
    else:
        cases = models_below(args.models)
    known = dict(line.split(None, 1) for line in open(args.known) if line.strip() and line[0] != "#") if args.known else {}
    counts, seen = collections.Counter(), set()
    with tempfile.TemporaryDirectory() as folder:
        for name, model, feed in cases:
            if args.only and not re.search(args.only, name):
                continue
            result, why = check(args.floe, model, feed, folder, args.grid)
            listed = [k for k in known if re.fullmatch(k, name)] if result == "differs" else []
            if listed:
                seen.update(listed)
                result = "known to differ"
            counts[result] += 1
            if result == "differs" or (args.refused and result != "same"):
                print(f"{result} {name}: {why}", flush=True)
            if result == "differs" and args.keep:
                os.makedirs(args.keep, exist_ok=True)
                open(os.path.join(args.keep, name.replace("/", "_") + ".tflite"), "wb").write(model)
    print(", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    stale = [] if args.only else sorted(set(known) - seen)
    for pattern in stale:
        print(f"{pattern} no longer differs: take it off the list")
    sys.exit(1 if counts["differs"] or stale or counts["same"] < args.at_least else 0)


if __name__ == "__main__":
    main()
