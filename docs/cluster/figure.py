"""Convergence times against n: python figure.py table.csv figure.svg. Needs polars and matplotlib."""

import sys

import matplotlib.pyplot as plt
import polars as pl

table, figure = sys.argv[1:]
# A run that was not solved takes longer than all its updates: its time is unknown, and above the others.
# The median is known as long as more than half of the runs are solved.
time = pl.col("t").cast(pl.Float64).fill_null(float("inf"))
cells = (
    pl.read_csv(table)
    .filter(pl.col("status") != "error")
    .group_by("label", "n")
    .agg(
        pl.len().alias("runs"),
        (pl.col("status") == "solved").sum().alias("solved"),
        *(time.quantile(q, "higher").alias(name) for name, q in {"low": 0.25, "median": 0.5, "high": 0.75}.items()),
        pl.col("max_steps").first(),
    )
    .sort("label", "n")
)
print(cells)

fig, axes = plt.subplots(figsize=(5, 3.5), layout="constrained")
for (label,), of_label in cells.group_by("label", maintain_order=True):
    low, high = (of_label[name].clip(upper_bound=of_label["max_steps"]) for name in ("low", "high"))
    axes.fill_between(of_label["n"], low, high, alpha=0.2)
    axes.plot(of_label["n"], of_label["median"], "o-", label=f"setting {label}")
axes.set(xlabel="coordinates n", ylabel="convergence time t_c (updates)", yscale="log")
axes.legend()
fig.savefig(figure)
