"""Times Python libraries at the work of solvers of sparse parities.

    python benches/peers/solvers.py galois N TIMES
    python benches/peers/solvers.py boofun N TIMES

prints the libraries' versions and the microseconds of processor time of the fastest and the median of TIMES runs, after one
that is not timed. `galois` reduces the rows of [X | y], n + 20 clean random equations in n unknowns over GF(2), as
libm4ri does in m4ri.c. `boofun` searches the heavy Fourier coefficients of a parity of 3 among n coordinates by the method of
Goldreich and Levin, with the threshold 3/4 and the confidence 0.99. Answers are checked.
"""

import statistics
import sys
import time
import warnings

import numpy as np

SUPPORT = (1, 4, 7)


def timed(times, run, is_right):
    """The seconds of processor time of each run, the first of which does not count."""
    seconds = []
    for _ in range(times + 1):
        begin = time.process_time()
        answer = run()
        seconds.append(time.process_time() - begin)
        if not is_right(answer):
            sys.exit("the answer is wrong")
    return seconds[1:]


def galois(n, times):
    import galois

    field = galois.GF(2)
    rng = np.random.default_rng(n)
    x = rng.integers(0, 2, (n + 20, n), dtype=np.uint8)
    secret = np.zeros(n, dtype=np.uint8)
    secret[list(SUPPORT)] = 1
    both = field(np.column_stack([x, x @ secret % 2]))

    def is_right(reduced):
        return np.array_equal(np.array(reduced[:n, n]), secret)

    return galois.__version__, timed(times, both.row_reduce, is_right)


def boofun(n, times):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import boofun
        from boofun.analysis.learning import goldreich_levin
    mask = sum(1 << i for i in SUPPORT)
    table = [bin(x & mask).count("1") % 2 for x in range(1 << n)]
    function = boofun.create(table)
    rng = np.random.default_rng(n)

    def run():
        return goldreich_levin(function, threshold=0.75, confidence=0.99, rng=rng)

    def is_right(heavy):
        # Coordinate i may be the ith bit from either end.
        mirrored = sum(1 << (n - 1 - i) for i in SUPPORT)
        return [found for found, _ in heavy] in ([mask], [mirrored])

    return boofun.__version__, timed(times, run, is_right)


def main():
    name, n, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    version, seconds = {"galois": galois, "boofun": boofun}[name](n, times)
    best, median = min(seconds), statistics.median(seconds)
    print(f"{name} {version}: n = {n}: best {1e6 * best:.0f} µs, median {1e6 * median:.0f} µs")


if __name__ == "__main__":
    main()
