#!/usr/bin/env python3
"""Converts Keras applications by `floe` and by TensorFlow's converter, in one run, and compares.

    convert_keras.py --floe target/release/floe [--models MobileNetV2,ResNet50] [--size 96] [--runs 3] [--markdown]

Each model has random weights, with batch norms that do something, and is exported as a SavedModel. For each: the
operators of both files; the largest difference of each to TensorFlow, in LiteRT, relative to the largest output; CPU
seconds of TensorFlow's conversion alone (in a process that has imported it), of its whole process, and of the whole
process of `floe`; and the peak of memory: for TensorFlow all of it, for `floe` without the file maps.
A model fails where it does not convert, differs by more than 1e-4, or has more operators than TensorFlow's file.
"""
import argparse, os, resource, subprocess, sys, tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

MODELS = ["MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "ResNet50", "EfficientNetB0", "EfficientNetV2B0", "DenseNet121",
          "InceptionV3", "Xception", "NASNetMobile", "ConvNeXtTiny"]

# What the peer runs in a process of its own: imports, then converts; prints CPU seconds of both and the peak in KiB.
PEER = """
import os, resource, sys
cpu = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
import tensorflow as tf
begun = cpu()
data = tf.lite.TFLiteConverter.from_saved_model(sys.argv[1]).convert()
open(sys.argv[2], "wb").write(data)
print("TIMES", cpu() - begun, cpu(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def make(name, size, folder):
    """Exports the model, and gives an input and TensorFlow's output."""
    import keras, numpy as np
    keras.utils.set_random_seed(7)
    side = max(size, 75) if name == "InceptionV3" else max(size, 71) if name == "Xception" else size
    m = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), classes=100)
    numbers = np.random.default_rng(3)
    for v in m.variables:
        if "moving_mean" in v.path or "beta" in v.path:
            v.assign(numbers.normal(size=v.shape) * 0.1)
        if "moving_var" in v.path or "gamma" in v.path:
            v.assign(numbers.uniform(0.7, 1.3, v.shape))
    x = numbers.uniform(-1, 1, (1, side, side, 3)).astype("f") * (1 if m.layers[1].__class__.__name__ != "Rescaling" else 127)
    m.export(folder, verbose=False)
    largest = max(int(np.prod(v.shape)) * 4 for v in m.variables)
    return x, m(x, training=False).numpy(), largest


def by_litert(path, x):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    it = Interpreter(model_path=path, num_threads=1, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    it.allocate_tensors()
    it.set_tensor(it.get_input_details()[0]["index"], x)
    it.invoke()
    return it.get_tensor(it.get_output_details()[0]["index"]), len(it._get_ops_details())


def floe(binary, source, out):
    """CPU seconds of a conversion."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    p = subprocess.Popen([binary, "convert", source, "-o", out], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, err = p.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if p.returncode:
        raise RuntimeError(err.decode()[:500])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak(binary, source, out):
    """The most anonymous memory that the process has at a time, in KiB, by looking at it all the while."""
    p = subprocess.Popen([binary, "convert", source, "-o", out, "--json"], stdout=subprocess.DEVNULL)
    most = 0
    while p.poll() is None:
        try:
            for line in open(f"/proc/{p.pid}/status"):
                if line.startswith("RssAnon"):
                    most = max(most, int(line.split()[1]))
        except OSError:
            pass
    return most


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--floe", required=True)
    a.add_argument("--models", type=lambda s: s.split(","), default=MODELS)
    a.add_argument("--size", type=int, default=224)
    a.add_argument("--runs", type=int, default=3)
    a.add_argument("--no-peer", action="store_true")
    args = a.parse_args()
    import numpy as np
    print("| model | ops, TensorFlow's | ops | difference, TensorFlow's | difference | TensorFlow converts, CPU s | its process | floe's process | conversion / floe | process / floe | memory MiB, TensorFlow's | memory MiB | allowed |")
    print("|---" + "|--:" * 12 + "|")
    failed = 0
    for name in args.models:
        with tempfile.TemporaryDirectory() as tmp:
            saved, ours, theirs = (os.path.join(tmp, n) for n in ("saved_model", "floe.tflite", "tf.tflite"))
            x, want, largest = make(name, args.size, saved)
            differ = lambda y: float(np.abs(y - want).max() / np.abs(want).max())
            try:
                whole = min(floe(args.floe, saved, ours) for _ in range(args.runs))
                y, ops = by_litert(ours, x)
            except Exception as e:
                print(f"| {name} | {str(e)[:300]} |", flush=True)
                failed += 1
                continue
            memory, allowed = peak(args.floe, saved, ours) / 1024, (2 * largest + (64 << 20)) / 2**20
            if args.no_peer:
                print(f"| {name} | | {ops} | | {differ(y):.1e} | | | {whole:.3f} | | | | {memory:.0f} | {allowed:.0f} |", flush=True)
                failed += differ(y) > 1e-4
                continue
            done = subprocess.run([sys.executable, "-c", PEER, saved, theirs], capture_output=True, text=True)
            times = next(l for l in done.stdout.splitlines() if l.startswith("TIMES")).split()[1:]
            p_alone, p_whole, p_memory = float(times[0]), float(times[1]), float(times[2]) / 1024
            z, p_ops = by_litert(theirs, x)
            failed += differ(y) > 1e-4 or ops > p_ops
            print(f"| {name} | {p_ops} | {ops} | {differ(z):.1e} | {differ(y):.1e} | {p_alone:.2f} | {p_whole:.2f} | {whole:.3f} | {p_alone / whole:.0f} × | {p_whole / whole:.0f} × | {p_memory:.0f} | {memory:.0f} | {allowed:.0f} |", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
