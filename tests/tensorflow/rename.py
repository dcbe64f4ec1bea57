#!/usr/bin/env python3
"""Renames variables with `floe checkpoint copy` and restores the copies with `tf.train.Checkpoint`.

    rename.py --floe FLOE

Programs that hold the variables under their new names must find them, and so must those that still hold them under the
old ones. Prints a line for each check and a last one, `N checks, N failed`.
"""
import argparse, os, subprocess, sys, tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf
from tensorflow.python.checkpoint.sharding import sharding_policies

KERNEL = np.random.default_rng(1).standard_normal((50, 40)).astype("f")
FAILED = []


def check(what, holds):
    print(f"{'ok' if holds else 'FAILED'}: {what}")
    FAILED.append(not holds)


class Holder(tf.Module):
    def __init__(self, **held):
        super().__init__()
        for name, value in held.items():
            setattr(self, name, value)


def variables(scale=0.0):
    return {"kernel": tf.Variable(KERNEL * scale), "bias": tf.Variable(np.ones(7, "f") * scale), "rest": [tf.Variable(scale), {"x": tf.Variable([scale, scale])}]}


def restored(prefix, held, **roots):
    """Whether everything in the checkpoint finds its place in `roots` and `held` has the values that were saved."""
    try:
        tf.train.Checkpoint(**roots).read(prefix).assert_consumed()
    except AssertionError as e:
        print(str(e).splitlines()[0])
        return False
    want = variables(1.0)
    same = lambda a, b: np.array_equal(a.numpy(), b.numpy())
    rest = same(held["rest"][0], want["rest"][0]) and same(held["rest"][1]["x"], want["rest"][1]["x"])
    return rest and same(held["kernel"], want["kernel"]) and same(held["bias"], want["bias"])


def momentum(start):
    variable, optimizer = tf.Variable(start, name="w"), tf.compat.v1.train.MomentumOptimizer(0.1, 0.9)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(variable * variable)
    optimizer.apply_gradients([(tape.gradient(loss, variable), variable)])
    return variable, optimizer


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--floe", required=True)
    floe = os.path.abspath(p.parse_args().floe)
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)

        def copy(source, name, *options):
            subprocess.run([floe, "checkpoint", "copy", source, "-o", path(name), *options], check=True)
            return path(name)

        options = tf.train.CheckpointOptions(experimental_sharding_callback=sharding_policies.MaxShardSizePolicy(1000))
        source = tf.train.Checkpoint(m=Holder(**variables(1.0))).write(path("source"), options=options)

        moved = copy(source, "moved", "--rename", "^m/kernel/=m/net/deep/k/", "--rename", "^m/rest/=m/others/")
        v = variables()
        check("some variables elsewhere", restored(moved, v, m=Holder(bias=v["bias"], others=v["rest"], net=Holder(deep=Holder(k=v["kernel"])))))
        v = variables()
        check("and found by who knows only the old names", restored(moved, v, m=Holder(**v)))
        v = variables()
        check("another root", restored(copy(source, "root", "--rename", "^m/=model/"), v, model=Holder(**v)))
        v = variables()
        check("no root", restored(copy(source, "bare", "--rename", "^m/="), v, **v))

        w, optimizer = momentum([1.0, 2.0])
        slots = copy(tf.train.Checkpoint(w=w, o=optimizer).write(path("slots")), "slots2", "--rename", "^w/=weight/")
        again, other = momentum([0.0, 0.0])
        tf.train.Checkpoint(weight=again, o=other).read(slots).assert_consumed()
        check("slot variables", all(np.array_equal(a.numpy(), b.numpy()) for a, b in [(w, again), (optimizer.get_slot(w, "momentum"), other.get_slot(again, "momentum"))]))

        half = tf.train.load_checkpoint(copy(source, "half", "--cast", "float16"))
        check("slices cast to half", np.array_equal(half.get_tensor("m/kernel/.ATTRIBUTES/VARIABLE_VALUE"), KERNEL.astype(np.float16)))
    print(f"{len(FAILED)} checks, {sum(FAILED)} failed")
    sys.exit(any(FAILED))


if __name__ == "__main__":
    main()
