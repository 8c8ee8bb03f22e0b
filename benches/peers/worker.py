"""What the peers share: the configurations, the timing, the conversation with run.py.

Imported before PyTorch and JAX, because they read the environment when they are loaded.
"""

import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"

import argparse
import json
import statistics
import sys
import time
import traceback
from dataclasses import dataclass, replace
from typing import Callable

RATE = 1e-9
"""A learning rate so small that a network stays where it is, at the price of a full update."""

SCALE = 0.5
"""Weights are half as large as usual: outputs stay below 1, every example has a gradient."""


@dataclass(frozen=True)
class Config:
    """A training step; `width` is r, or k of a PolyNet, or d_emb of a Transformer.

    `heads` and `hidden`, the width of the hidden layer, are those of the Transformers.
    """

    network: str
    n: int
    width: int
    batch: int
    heads: int = 0
    hidden: int = 0

    @property
    def adam(self):
        return self.network in ("transformer", "block")


CONFIGS = {
    "A": Config("relu", 50, 100, 32),
    "B": Config("relu", 50, 100, 1),
    "C": Config("relu", 50, 100, 1024),
    "D": Config("relu", 30, 10, 32),
    "E": Config("relu", 50, 1000, 32),
    "F": Config("relu", 50, 1000, 1024),
    "G": Config("relu", 200, 1000, 256),
    "H": Config("sine", 50, 1, 32),
    "I": Config("polynet", 50, 3, 64),
    "J": Config("transformer", 15, 128, 32, heads=16, hidden=128),
    "K": Config("transformer", 50, 1024, 64, heads=128, hidden=4096),
}

USUAL = ", usual block"
"""Ends the names of the peers that compute another function than the crate, see `usual`."""


def usual(build):
    """Configuration J with a textbook's Transformer block of the same size; no other has it."""

    def built(config):
        if config != CONFIGS["J"]:
            return None
        return build(replace(config, network="block"))

    return built


@dataclass
class Work:
    """A call of `run` makes `steps` training steps and returns when they are done.

    `outputs` gives f on a fresh batch at the current weights.
    """

    run: Callable[[], object]
    steps: int
    outputs: Callable[[], list]


def measure(work, seconds):
    """Median and least microseconds of a step, over blocks of at least a millisecond.

    Before that it warms up for a quarter of the time and finds how many calls make a block.
    """

    def block(calls):
        start = time.perf_counter()
        for _ in range(calls):
            work.run()
        return time.perf_counter() - start

    start, calls = time.perf_counter(), 1
    while True:
        short = block(calls) < 1e-3
        if time.perf_counter() - start > seconds / 4:
            break
        if short:
            calls *= 2
    start, times = time.perf_counter(), []
    while not times or time.perf_counter() - start < seconds:
        times.append(1e6 * block(calls) / (calls * work.steps))
    return {"step_us": statistics.median(times), "least_us": min(times)}


def serve(library, variants):
    """Builds the variants of one configuration, then times them as it is told.

    First it tells a line {"peer", "built_s"} for each variant, with an "error" where building
    failed. Then every line it reads, `<seconds> <peer>`, is answered by one with "peer", "step_us"
    and "least_us". A variant that returns None does not have the configuration.
    """
    parser = argparse.ArgumentParser(description=library)
    parser.add_argument("config", choices=CONFIGS)
    config = CONFIGS[parser.parse_args().config]
    # Lines on what is standard output from here on would be taken for answers.
    answers, sys.stdout = sys.stdout, sys.stderr

    def tell(**line):
        print(json.dumps(line), file=answers, flush=True)

    built = {}
    for name, build in variants.items():
        peer, start = f"{library} {name}", time.perf_counter()
        try:
            work = build(config)
            if work is None:
                continue
            work.run()
        except Exception as error:
            traceback.print_exc()
            tell(peer=peer, error=repr(error)[:300])
            continue
        built[peer] = work
        tell(peer=peer, built_s=round(time.perf_counter() - start, 2))
    tell(ready=True)
    for line in sys.stdin:
        seconds, peer = line.rstrip("\n").split(" ", 1)
        work = built[peer]
        line = {"peer": peer, **measure(work, float(seconds))}
        if not all(abs(f) < 1 for f in work.outputs()):
            line = {"peer": peer, "error": "an example has no gradient"}
        tell(**line)
