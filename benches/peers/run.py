"""Times a training step of this crate, of PyTorch and of JAX, in turn, and compares them.

    python3 benches/peers/run.py --python VENV/bin/python --out benches/peers/results/NAME.jsonl
    python3 benches/peers/run.py --docs benches/peers/results/*.jsonl

The first prints tables and keeps every measurement, a JSON object a line; the second writes the
tables of such files into docs/performance.md. This program needs Python 3.9 and no packages; the
peers run in the Python that --python names.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
CRATE = HERE.parent.parent
DOCS = CRATE / "docs" / "performance.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
OURS = "sparse-parity"
SCRIPTS = ("peer_torch.py", "peer_jax.py")
USUAL = ", usual block"
"""Ends the names of the peers that compute another function, as in worker.py."""

WORK = {
    "A": "ReLU, n = 50, r = 100, B = 32",
    "B": "ReLU, n = 50, r = 100, B = 1",
    "C": "ReLU, n = 50, r = 100, B = 1024",
    "D": "ReLU, n = 30, r = 10, B = 32",
    "E": "ReLU, n = 50, r = 1000, B = 32",
    "F": "ReLU, n = 50, r = 1000, B = 1024",
    "G": "ReLU, n = 200, r = 1000, B = 256",
    "H": "sine neuron, n = 50, B = 32",
    "I": "PolyNet, n = 50, k = 3, B = 64",
    "J": "Transformer, n = 15, d_emb = 128, B = 32",
    "K": "Transformer, n = 50, d_emb = 1024, B = 64",
}


def tell(text):
    print(text, file=sys.stderr, flush=True)


def output(*command):
    """What a command prints, or "" if there is no such command."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=CRATE)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


# Measuring


def build():
    """Compiles the example and returns the path of the program."""
    command = ["cargo", "build", "--release", "--example", "performance"]
    command.append("--message-format=json-render-diagnostics")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=CRATE)
    if done.returncode:
        sys.exit("the example does not compile")
    messages = map(json.loads, done.stdout.splitlines())
    programs = [m["executable"] for m in messages if m.get("executable")]
    return programs[-1]


class Peers:
    """The variants of one library for one configuration, built and waiting for orders."""

    def __init__(self, command):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, **pipes)
        self.built = {}
        while not (line := self.answer()).get("ready"):
            if "error" in line:
                tell(f"{line['peer']} is left out: {line['error']}")
            else:
                self.built[line["peer"]] = line["built_s"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"a peer ended unexpectedly: {self.process.args}")
        return json.loads(line)

    def time(self, peer, seconds):
        print(seconds, peer, file=self.process.stdin, flush=True)
        line = self.answer()
        if "error" in line:
            sys.exit(f"{peer}: {line['error']}")
        return line

    def leave(self):
        self.process.stdin.close()
        self.process.wait()


def measure(args):
    """Header and measurements, one after the other."""
    pinned = ["taskset", "-c", str(args.core)] if shutil.which("taskset") else []
    program = build()

    def ours(config, seconds, *more):
        command = [*pinned, program, "--json", "--config", config, "--seconds", str(seconds), *more]
        lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        return {"peer": OURS, **json.loads(lines)}

    yield header(args, bool(pinned))
    for config in args.config:
        peers = [
            Peers([*pinned, args.python, str(HERE / script), config])
            for script in SCRIPTS
        ]
        for group in peers:
            for peer, built_s in group.built.items():
                yield {"config": config, "peer": peer, "built_s": built_s}
        for number in range(args.rounds):
            yield {"round": number, **ours(config, args.seconds)}
            for group in peers:
                for peer in group.built:
                    yield {"round": number, "config": config, **group.time(peer, args.seconds)}
        for group in peers:
            group.leave()
    if not args.no_wide:
        for number in range(args.rounds):
            yield {"round": number, **ours("", args.seconds, "--wide")}


# The machine


def header(args, pinned):
    modules = ("torch", "jax", "jaxlib", "optax", "numpy")
    ask = f"import importlib.metadata as m; print(*(m.version(x) for x in {modules}))"
    found = dict(zip(modules, output(args.python, "-c", ask).split()))
    commit = output("git", "rev-parse", "--short=12", "HEAD")
    if output("git", "status", "--porcelain", "--untracked-files=no"):
        commit += " with changes"
    versions = {OURS: commit, "rustc": output("rustc", "--version").removeprefix("rustc ")}
    versions["Python"] = output(args.python, "--version").removeprefix("Python ")
    return {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "versions": versions | found,
        "rounds": args.rounds,
        "seconds": args.seconds,
        "pinned": pinned,
    }


def machine():
    """Processor, caches, memory and system, as far as Linux tells."""
    told = {"system": f"{platform.system()} {platform.machine()}", "cores": os.cpu_count()}
    for line in read("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "cpu family", "model"):
            told.setdefault(name.strip(), value.strip())
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if read(index / "type") != "Instruction":
            told[f"L{read(index / 'level')}"] = readable(read(index / "size"))
    for line in read("/proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            told["memory"] = f"{round(int(line.split()[1]) / 2**20)} GiB"
    return told


def readable(size):
    """2048K as 2 MiB."""
    kibibytes = int(size.removesuffix("K"))
    return f"{kibibytes} KiB" if kibibytes % 1024 else f"{kibibytes // 1024} MiB"


def read(path):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


# Tables


def number(value):
    """With three digits or more."""
    digits = sum(value < bound for bound in (1, 10, 100))
    return f"{value:.{digits}f}"


def over_rounds(statistic, lines, key):
    """{config: {peer: statistic of the rounds}}"""
    values = {}
    for line in lines:
        if line.get(key) is not None:
            values.setdefault(line["config"], {}).setdefault(line["peer"], []).append(line[key])
    return {
        config: {peer: statistic(rounds) for peer, rounds in peers.items()}
        for config, peers in values.items()
    }


def medians(lines, key):
    return over_rounds(statistics.median, lines, key)


def wrapped(text):
    return textwrap.fill(text, 100, break_on_hyphens=False, break_long_words=False)


def table(columns, rows):
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


RATIOS = [
    "",
    "work",
    "step, µs",
    "lockstep, µs",
    "dense floor, µs",
    "step / floor",
    "best peer, µs",
    "best peer / step",
    "best peer / lockstep",
]
FASTEST = ["", "fastest step, µs", "step / floor", "fastest peer, µs", "peer / step"]


def tables(lines):
    """The Markdown of a file of measurements."""
    head, lines = lines[0], lines[1:]
    times, floors = medians(lines, "step_us"), medians(lines, "floor_us")
    together = medians(lines, "abreast_us")
    least = over_rounds(min, lines, "least_us")
    wide = times.pop("W", None)
    blocks = {config: usual(peers) for config, peers in times.items() if usual(peers)}
    times = {config: unusual(peers) for config, peers in times.items()}
    ratios, fastest, every = [], [], []
    names = dict.fromkeys(peer for peers in times.values() for peer in peers if peer != OURS)
    libraries = list(names)
    for config, peers in times.items():
        mine = peers[OURS]
        floor, lockstep = (of.get(config, {}).get(OURS) for of in (floors, together))
        others = {peer: time for peer, time in peers.items() if peer != OURS}
        best = min(others, key=others.get, default=None)
        ratios.append([
            config,
            WORK[config],
            number(mine),
            number(lockstep) if lockstep else "–",
            number(floor) if floor else "–",
            f"{mine / floor:.2f}" if floor else "–",
            f"{number(others[best])} ({best})" if best else "–",
            f"{others[best] / mine:.1f}" if best else "–",
            f"{others[best] / lockstep:.1f}" if best and lockstep else "–",
        ])
        if OURS in least.get(config, {}):
            fastest.append(undisturbed(config, unusual(least[config]), floor))
        every.append([config, *(number(peers[p]) if p in peers else "–" for p in libraries)])
    peaks = [line["peak_gflops"] for line in lines if line.get("peak_gflops")]
    parts = [
        wrapped(f"Measured on {head['date']}. {described(head, peaks)}"),
        table(RATIOS, ratios),
        "All peers, medians, µs a step:",
        table(["", *libraries], every),
    ]
    if fastest:
        parts[2:2] = ["The fastest block of each program in all rounds:", table(FASTEST, fastest)]
    for config, peers in blocks.items():
        parts.append(wrapped(about_blocks(config, peers, times[config])))
    if wide:
        parts.append(wrapped(about_wide(lines, wide[OURS])))
    return "\n\n".join(parts)


def undisturbed(config, least, floor):
    mine = least.pop(OURS)
    best = min(least, key=least.get, default=None)
    return [
        config,
        number(mine),
        f"{mine / floor:.2f}" if floor else "–",
        f"{number(least[best])} ({best})" if best else "–",
        f"{least[best] / mine:.1f}" if best else "–",
    ]


def processor(head):
    m = head["machine"]
    model = f" (family {m['cpu family']}, model {m['model']})" if "cpu family" in m else ""
    return f"{m.get('model name', 'unknown processor')}{model}"


def described(head, peaks):
    m, v = head["machine"], head["versions"]
    caches = ", ".join(f"{level} {m[level]}" for level in ("L1", "L2", "L3") if level in m)
    peak = f" Peak of fused multiply-adds: {statistics.median(peaks):.1f} GFLOP/s." if peaks else ""
    versions = ", ".join(f"{name} {version}" for name, version in v.items() if version)
    pinned = "pinned to one core" if head["pinned"] else "not pinned"
    return (
        f"{processor(head)}, {m['cores']} cores, {caches}, "
        f"{m.get('memory', 'unknown')} of memory, {m['system']}.{peak} Versions: {versions}. "
        f"Medians of {head['rounds']} rounds of {head['seconds']} s a program, {pinned}."
    )


def usual(peers):
    return {peer: time for peer, time in peers.items() if peer.endswith(USUAL)}


def unusual(peers):
    return {peer: time for peer, time in peers.items() if not peer.endswith(USUAL)}


def about_blocks(config, blocks, same):
    """Of the usual block, which is another function and no peer of the tables."""
    each = "; ".join(f"{peer.removesuffix(USUAL)} {number(time)}" for peer, time in blocks.items())
    best = min(blocks, key=blocks.get)
    ratios = f"{blocks[best] / same[OURS]:.1f} times our step"
    if others := [time for peer, time in same.items() if peer != OURS]:
        ratios += f", {blocks[best] / min(others):.1f} times the best peer"
    return (
        f"Beside {config}, the usual block of the same size, which is another function, for scale, "
        f"µs a step: {each}. Best: {best.removesuffix(USUAL)}, {ratios} of {config}."
    )


def about_wide(lines, step):
    bytes_moved = medians(lines, "step_mb")["W"][OURS]
    bandwidth = medians(lines, "bandwidth_gb_s")["W"][OURS]
    # MB/µs are TB/s.
    rate = 1e3 * bytes_moved / step
    return (
        f"A ReLU network with r = 10⁶ (n = 50, B = 32) takes {step / 1e3:.1f} ms a step, which "
        f"moves at least {bytes_moved:.0f} MB: {rate:.2f} GB/s, {rate / bandwidth:.2f} of the "
        f"{bandwidth:.2f} GB/s that a triad reaches."
    )


def write_docs(files):
    parts = []
    for file in files:
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        parts += [f"### {processor(lines[0])}", tables(lines)]
    page = DOCS.read_text()
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    text = "\n\n".join(parts)
    DOCS.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    option = parser.add_argument
    option("--python", default=sys.executable, help="a Python that has requirements.txt")
    option("--config", default="".join(WORK), help="some of ABCDEFGHIJK")
    option("--rounds", type=int, default=5)
    option("--seconds", type=float, default=0.5, help="for each program in a round")
    option("--core", type=int, default=0, help="the core that everything is pinned to")
    option("--no-wide", action="store_true", help="leave out r = 10^6")
    option("--out", type=Path, help="file for the measurements")
    option("--docs", type=Path, nargs="+", help="write these files' tables into docs/performance.md")
    args = parser.parse_args()
    if args.docs:
        write_docs(args.docs)
        return
    if unknown := set(args.config) - set(WORK):
        sys.exit(f"unknown configurations: {unknown}")
    lines = []
    out = args.out.open("w") if args.out else None
    for line in measure(args):
        tell(json.dumps(line))
        lines.append(line)
        if out:
            print(json.dumps(line), file=out, flush=True)
    print(tables(lines))


if __name__ == "__main__":
    main()
