"""Which Transformer learns (50, 3) in as few updates as the paper's? A search in PyTorch.

    VENV/bin/python benches/peers/transformer_variants.py --d 1024 --h 128 --lin head --seeds 0,1,2

It prints, for each seed, the updates until 80 % and until 100 % of 2048 examples are right, looked at every
`--every` updates, the last accuracy and the milliseconds an update; docs/settings.md tells what was found, and
docs/figures/transformer_variants.csv has the runs. As in the crate, scores and values are computed once for each
of the 2n distinct tokens; the softmax has one factor for all examples of a head, and shares that underflow count as 0.
"""

import argparse
import math
import sys
import time

import torch

torch.set_num_threads(1)
LOSSES = {
    "hinge": lambda y, f: torch.relu(1 - y * f).mean(),
    "log": lambda y, f: torch.nn.functional.softplus(-y * f).mean(),
    "sq": lambda y, f: ((y - f) ** 2).mean(),
}
ACTIVATIONS = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--n", type=int, default=50)
    add("--k", type=int, default=3)
    add("--d", type=int, default=128, help="dimension of the embeddings")
    add("--h", type=int, default=16, help="heads")
    add("--B", type=int, default=64, help="batch size")
    add("--lr", type=float, default=3e-4, help="rate of Adam")
    law = "u1: uniform on [-1, 1]; n.02: normal with deviation 0.02"
    add("--tok", default="u1", help=f"tokens, {law}")
    add("--pos", default="u1", help=f"positions, {law}")
    add("--q", default="u1", help=f"query, {law}")
    add("--anti", type=int, default=0, help="1: the tokens of -1 and +1 begin opposite")
    laws = "xavier, he, fan (uniform on 1/sqrt(fan_in)), head (Xavier, head by head), or as above"
    add("--lin", default="xavier", help=f"matrices: {laws}")
    add("--out", default="same", help="output weights: as the matrices, or a law of their own")
    add("--loss", default="hinge", choices=LOSSES)
    add("--act", default="relu", choices=ACTIVATIONS)
    add("--ln", default="pre", choices=["none", "pre", "post"], help="place of layer normalisation")
    add("--lnf", type=int, default=0, help="1: normalise before the head, too")
    add("--res", type=int, default=0, help="1: attention adds to the query")
    add("--res2", type=int, default=0, help="1: the hidden layer adds, a linear head reads")
    add("--self", type=int, default=0, help="1: the query attends to itself, too")
    add("--scale", type=float, default=1.0, help="a factor of the scores q.k/sqrt(d_attn)")
    add("--steps", type=int, default=1000)
    add("--seeds", default="0,1,2")
    add("--every", type=int, default=20)
    return parser.parse_args()


def drawn(law, shape, fan_in, fan_out):
    uniform = lambda c: (torch.rand(shape) * 2 - 1) * c
    if law == "xavier":
        return uniform(math.sqrt(6 / (fan_in + fan_out)))
    if law == "head":
        return uniform(math.sqrt(6 / (fan_in + (8 if fan_in == fan_out else fan_out))))
    if law == "fan":
        return uniform(1 / math.sqrt(fan_in))
    if law == "he":
        return torch.randn(shape) * math.sqrt(2 / fan_in)
    return uniform(float(law[1:])) if law[0] == "u" else torch.randn(shape) * float(law[1:])


def parameters(a):
    n, d, hidden = a.n, a.d, 4 * a.d
    theta = {"tok": drawn(a.tok, (2, d), 2, d)}
    if a.anti:
        theta["tok"][1] = -theta["tok"][0]
    theta |= {"pos": drawn(a.pos, (n, d), n, d), "q": drawn(a.q, (d,), 1, d)}
    theta |= {name: drawn(a.lin, (d, d), d, d) for name in "QKVO"}
    theta |= {"1": drawn(a.lin, (hidden, d), d, hidden), "b1": torch.zeros(hidden)}
    outputs = d if a.res2 else 1
    law = a.lin if a.out == "same" else a.out
    theta |= {"2": drawn(law, (outputs, hidden), hidden, outputs), "b2": torch.zeros(1)}
    if a.res2:
        theta["head"] = drawn("fan" if a.out == "same" else a.out, (1, d), d, 1)
    for place in "12f":
        theta |= {"g" + place: torch.ones(d), "s" + place: torch.zeros(d)}
    return {name: value.requires_grad_() for name, value in theta.items()}


def output(a, theta, x):
    n, d, heads = a.n, a.d, a.h
    norm = lambda place, e: torch.nn.functional.layer_norm(
        e, (d,), theta["g" + place], theta["s" + place], 1e-5
    )
    tokens = (theta["tok"][None] + theta["pos"][:, None]).reshape(2 * n, d)
    query = theta["q"][None]
    if a.self:
        tokens = torch.cat([tokens, query])
    read, asked = (norm("1", tokens), norm("1", query)) if a.ln == "pre" else (tokens, query)
    by_head = lambda rows: rows.reshape(-1, heads, d // heads)
    queries, keys = by_head(asked @ theta["Q"].T), by_head(read @ theta["K"].T)
    values = by_head(read @ theta["V"].T)
    scores = a.scale * (keys * queries).sum(-1) / math.sqrt(d // heads)
    weights = torch.exp(scores - scores.detach().max(0).values)
    has = torch.stack([(x < 0).float(), (x > 0).float()], -1).reshape(len(x), 2 * n)
    if a.self:
        has = torch.cat([has, torch.ones(len(x), 1)], 1)
    sums = by_head(has @ (weights[:, :, None] * values).reshape(-1, d))
    means = sums / (has @ weights).clamp_min(1e-30)[:, :, None]
    attended = means.reshape(len(x), d) @ theta["O"].T
    if a.res:
        attended = attended + query
    if a.ln == "post":
        attended = norm("1", attended)
    read = norm("2", attended) if a.ln == "pre" else attended
    out = ACTIVATIONS[a.act](read @ theta["1"].T + theta["b1"]) @ theta["2"].T
    if a.res2:
        out = attended + out
        if a.ln == "post":
            out = norm("2", out)
        if a.lnf:
            out = norm("f", out)
        out = out @ theta["head"].T
    return out[:, 0] + theta["b2"]


def run(a, seed):
    torch.manual_seed(seed)
    theta = parameters(a)
    optimizer = torch.optim.Adam(theta.values(), lr=a.lr)
    support = torch.randperm(a.n)[: a.k]
    random = torch.Generator().manual_seed(seed + 1000)

    def examples(count):
        x = torch.randint(0, 2, (count, a.n), generator=random).float() * 2 - 1
        return x, x[:, support].prod(1)

    x_valid, y_valid = examples(2048)
    first, start = {0.8: None, 1.0: None}, time.time()
    for step in range(a.steps + 1):
        if step % a.every == 0:
            with torch.no_grad():
                accuracy = (output(a, theta, x_valid) * y_valid > 0).float().mean().item()
            for target in first:
                if accuracy >= target and first[target] is None:
                    first[target] = step
            if accuracy == 1:
                break
        x, y = examples(a.B)
        loss = LOSSES[a.loss](y, output(a, theta, x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    milliseconds = round((time.time() - start) / max(step, 1) * 1e3)
    return first[0.8], first[1.0], round(accuracy, 3), milliseconds


if __name__ == "__main__":
    chosen = arguments()
    results = [run(chosen, int(seed)) for seed in chosen.seeds.split(",")]
    print(" ".join(sys.argv[1:]), "|", results, flush=True)
