#!/usr/bin/env python3
"""Edits models by every verb of `floe tflite`, and holds that LiteRT loads the results and gives what it gave before.

    edited.py --floe FLOE [--only TEXT] [--at-least N] MODELS ...     every valid .tflite file below these folders

Outputs must be equal to the bit (after rounding where the batch is another), in LiteRT's reference kernels where they have the operators. What an edit changes on purpose is
held against LiteRT doing the same to the model as it was: a batch set against inputs resized or samples one by one, a part cut out against the tensor
inside, data replaced against the bytes replaced in the file. What LiteRT refuses before an edit it may refuse after it; an edit
that floe refuses, such as a batch that the model computes with, counts apart.
"""
import argparse, collections, os, re, subprocess, sys, tempfile
import numpy as np
from ai_edge_litert import interpreter as litert, schema_py_generated as schema
from differential import apart, models_below

RESOLVERS = litert.OpResolverType


def value_for(shape, dtype, rng):
    """Values that suit most operators: whole numbers are small, so that they may be indices."""
    if dtype in (bytes, str, np.bytes_, np.object_):
        return np.array([b"w%d" % v for v in rng.integers(0, 9, int(np.prod(shape)))], object).reshape(shape)
    dtype = np.dtype(dtype)
    if dtype.kind in "fc":
        return rng.uniform(-2, 2, shape).astype(dtype)
    low, high = (0, 2) if dtype.kind == "b" or dtype.itemsize > 2 else (-8, 8) if dtype.name == "int4" else (0, 128)
    return rng.integers(low, high, shape).astype(dtype)


def run(path, batch=None, inside=None, sample=None):
    """The outputs of one run, or only tensor `inside`; with inputs of the batch that is given, or sample `sample` of such."""
    make = lambda resolver: litert.Interpreter(
        model_path=path, num_threads=1, experimental_op_resolver_type=resolver,
        experimental_preserve_all_tensors=inside is not None)
    try:
        it = make(RESOLVERS.BUILTIN_REF)
        it.allocate_tensors()
    except (ValueError, RuntimeError):
        it = make(RESOLVERS.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    for d in it.get_input_details() if batch else ():
        if len(d["shape"]):
            it.resize_tensor_input(d["index"], [batch, *d["shape"][1:]])
    it.allocate_tensors()
    for i, d in enumerate(it.get_input_details()):
        shape = [sample[1], *d["shape"][1:]] if sample else d["shape"]
        x = value_for(shape, d["dtype"], np.random.default_rng(i))
        it.set_tensor(d["index"], x[sample[0]:sample[0] + 1] if sample else x)
    it.reset_all_variables()
    it.invoke()
    wanted = [d["index"] for d in it.get_output_details()] if inside is None else [inside]
    return [np.copy(it.get_tensor(index)) for index in wanted]


def run_batch(path, batch):
    """The outputs of a batch: of resized inputs, or of one sample after the other where the model has its size inside."""
    try:
        return run(path, batch=batch)
    except (ValueError, RuntimeError):
        rows = [run(path, sample=(i, batch)) for i in range(batch)]
        return [np.concatenate(column) for column in zip(*rows)]


def same(got, want, rounded=False):
    """Whether the outputs are equal to the bit, or floats as near as sums in another order come."""
    if len(got) != len(want):
        return False
    if rounded:
        near = lambda g, w: g.dtype.kind == "f" and np.allclose(g, w, rtol=1e-5, atol=1e-6, equal_nan=True)
        return all(g.shape == w.shape and (near(g, w) or same([g], [w])) for g, w in zip(got, want))
    bits = lambda x: (x.dtype.name, x.shape, x.tolist() if x.dtype == object else x.tobytes())
    return all(bits(g) == bits(w) for g, w in zip(got, want))


class Model:
    """What the edits need to know of a file."""

    def __init__(self, content):
        self.content = content
        self.root = schema.Model.GetRootAs(content, 0)
        self.main = self.root.Subgraphs(0)

    def name(self, tensor):
        return (self.main.Tensors(tensor).Name() or b"").decode(errors="replace")

    def unique(self, tensor):
        """The tensor's name, when it tells it from all others and can stand on a command line."""
        name = self.name(tensor)
        alone = [self.name(i) for i in range(self.main.TensorsLength())].count(name) == 1
        return name if alone and name and not re.search("[,=]", name) else None

    def constant(self):
        """(name, bytes) of a constant whose bytes are in the file once."""
        for i in range(self.main.TensorsLength()):
            buffer = self.main.Tensors(i).Buffer()
            data = self.root.Buffers(buffer).DataAsNumpy() if buffer else 0
            if isinstance(data, np.ndarray) and len(data) >= 8 and self.unique(i):
                data = data.tobytes()
                if self.content.count(data) == 1 and data != data[::-1]:
                    return self.unique(i), data

    def middle(self):
        """The first output of the operator in the middle, when it has a name and is computed in the main graph alone."""
        count = self.main.OperatorsLength()
        op = self.main.Operators(count // 2) if count > 1 else None
        return op.Outputs(0) if op and op.OutputsLength() and self.unique(op.Outputs(0)) else None


def edits(model, folder):
    """(what, arguments, how LiteRT does the same to the model as it was: (path or None, function, its arguments))."""
    whole = (None, run, {})
    yield "rewrite", ["rewrite"], whole
    yield "align", ["rewrite", "--align", "64"], whole
    yield "offsets", ["rewrite", "--offsets"], whole
    yield "versions", ["rewrite", "--lowest-versions"], whole
    yield "strip", ["rewrite", "--strip", "names,metadata,debug,description,signatures"], whole
    note = os.path.join(folder, "note")
    open(note, "wb").write(b"a note " * 20)
    yield "metadata", ["metadata", "--set", f"note={note}"], whole
    yield "files", ["files", "--add", f"note.txt={note}"], whole
    for name in filter(None, (model.unique(i) for i in range(model.main.TensorsLength()))):
        yield "rename", ["rename", "--tensor", f"{name}={name} of a longer name"], whole
        break
    if model.root.SignatureDefsLength():
        key = model.root.SignatureDefs(0).SignatureKey().decode()
        yield "signature", ["rename", "--signature", f"{key}=another"], whole
    if constant := model.constant():
        name, data = constant
        new, by_hand = os.path.join(folder, "data"), os.path.join(folder, "by_hand.tflite")
        # Whole numbers may be shapes or axes: only LiteRT knows what it makes of them.
        open(new, "wb").write(data[::-1])
        open(by_hand, "wb").write(model.content.replace(data, data[::-1]))
        yield "replace", ["replace", "--tensor", f"{name}={new}"], (by_hand, run, {})
    yield "batch", ["batch", "--size", "2"], (None, run_batch, dict(batch=2))
    inputs = [model.unique(i) for i in model.main.InputsAsNumpy()] if model.main.InputsLength() else [None]
    middle = model.middle()
    if middle is not None and all(inputs):
        part = ["extract", "--inputs", ",".join(inputs), "--outputs", model.unique(middle)]
        yield "extract", part, (None, run, dict(inside=middle))


def check(floe, path, model, folder):
    """(edit, "same" | "refused by floe" | "refused by LiteRT" | "differs", why) of each edit."""
    known = {}
    for what, (verb, *rest), (reference, by, how) in edits(model, folder):
        new = os.path.join(folder, "new.tflite")
        r = subprocess.run([floe, "tflite", verb, path, *rest, "-o", new], capture_output=True, text=True, timeout=60)
        if r.returncode:
            expected = r.returncode == 1 and r.stderr.startswith("error: ") and what in ("batch", "extract")
            yield what, "refused by floe" if expected else "differs", r.stderr.strip()
            continue
        key = reference, tuple(how.items())
        if key not in known:
            known[key] = apart(lambda: by(reference or path, **how))
        (kind, want), (new_kind, got) = known[key], apart(run, new)
        if kind != "ok":
            yield what, "refused by LiteRT", want
        elif new_kind != "ok":
            yield what, "differs", f"LiteRT: {got}"
        else:
            yield what, "same" if same(got, want, by is run_batch) else "differs", "other outputs"
    text, parsed = os.path.join(folder, "text"), os.path.join(folder, "parsed.tflite")
    for verb in (["print", path, "-o", text], ["parse", text, "-o", parsed]):
        subprocess.run([floe, "tflite", *verb], check=True, timeout=60)
    kind, got = apart(run, parsed)
    if known[None, ()][0] == "ok":
        yield "text", "same" if kind == "ok" and same(got, known[None, ()][1]) else "differs", got if kind != "ok" else ""


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--floe", required=True)
    p.add_argument("models", nargs="+")
    p.add_argument("--only", default="")
    p.add_argument("--at-least", type=int, default=1, help="how many edits must give the same")
    p.add_argument("--refused", action="store_true", help="also say what is refused")
    args = p.parse_args()
    counts = collections.defaultdict(collections.Counter)
    for folder in args.models:
        for name, content, _ in models_below(folder):
            path = os.path.join(folder, name)
            loads = lambda: bool(litert.Interpreter(model_path=path))
            valid = lambda: subprocess.run([args.floe, "verify", path], capture_output=True).returncode == 0
            if not re.search(args.only, name) or not valid() or apart(loads)[0] != "ok":
                continue
            with tempfile.TemporaryDirectory() as work:
                for what, result, why in check(args.floe, path, Model(content), work):
                    counts[what][result] += 1
                    if result == "differs" or args.refused and result != "same":
                        print(f"{result} {name} {what}: {why}", flush=True)
    for what, results in counts.items():
        print(f"{what:10}", ", ".join(f"{n} {k}" for k, n in sorted(results.items())))
    total = sum(counts.values(), collections.Counter())
    sys.exit(1 if total["differs"] or total["same"] < args.at_least else 0)


if __name__ == "__main__":
    main()
