#!/usr/bin/env python3
"""LiteRT's reference kernels and Floe's interpreter on the same models, in turn, in one run; prints ratios.

    cargo build --release -p floe-cli
    against_litert.py --floe target/release/floe [--runs 30] [--turns 5] MODEL.tflite...

Needs the package ai-edge-litert. Both sides run the main subgraph on zeros, on one thread, warm; the sides take
turns, and a model's row is the best run of each side, so that other work on the machine weighs little. `ratio`
is LiteRT's time by Floe's: above 1 Floe is faster. A model that one side refuses is named with the reason.
"""
import argparse, json, math, pathlib, subprocess, sys, time

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def litert(path):
    """A function that times one run of LiteRT's reference kernels."""
    model = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1)
    model.allocate_tensors()
    for port in model.get_input_details():
        if port["dtype"] is not numpy.bytes_:
            model.set_tensor(port["index"], numpy.zeros(port["shape"], port["dtype"]))
    model.invoke()

    def timed():
        begun = time.perf_counter_ns()
        model.invoke()
        return time.perf_counter_ns() - begun

    return timed


def floe(command, path, runs):
    """The best of so many runs of Floe."""
    done = subprocess.run([command, "bench", path, "--json", "--runs", str(runs)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)["invoke_ns"]["min"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floe", required=True)
    parser.add_argument("--runs", type=int, default=30, help="runs of each side a turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    print(f"{'LiteRT µs':>12} {'Floe µs':>12} {'ratio':>7}  model")
    ratios = []
    for path in args.models:
        try:
            theirs, sides = litert(path), ([], [])
            for _ in range(args.turns):
                sides[0].append(min(theirs() for _ in range(args.runs)))
                sides[1].append(floe(args.floe, path, args.runs))
        except (RuntimeError, ValueError) as error:
            print(f"{'refused':>33}  {path}: {str(error).splitlines()[0]}")
            continue
        left, right = min(sides[0]), max(1, min(sides[1]))
        ratios.append(left / right)
        print(f"{left / 1e3:12.1f} {right / 1e3:12.1f} {left / right:7.2f}  {path}")
    if not ratios:
        sys.exit("no model ran on both sides")
    print(f"{'geometric mean':>25} {math.exp(sum(map(math.log, ratios)) / len(ratios)):7.2f}  of {len(ratios)}")


if __name__ == "__main__":
    main()
