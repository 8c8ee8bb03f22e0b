"""A training step in JAX: many steps in one compiled scan, drawing their batches themselves.

scan          signs by jax.random.rademacher: what one writes first
scan, packed  signs from packed random bits of the cheapest generator, unsafe_rbg
25 trials     the same, 25 independent trials side by side by vmap; times are of one trial's step

Configuration J also has scan, packed of the usual block, which is another function.
"""

from worker import RATE, SCALE, USUAL, Work, serve, usual

from functools import partial

import jax
import jax.numpy as jnp
import optax
from jax import lax, random

TRIALS = 25


def uniform(key, shape, fan_in):
    bound = SCALE * fan_in**-0.5
    return random.uniform(key, shape, minval=-bound, maxval=bound)


def affine(key, n, width):
    to_weight, to_bias = random.split(key)
    return {"weight": uniform(to_weight, (n, width), n), "bias": uniform(to_bias, (width,), n)}


def through(layer, x):
    return x @ layer["weight"] + layer["bias"]


# A network is a pair: its initial weights from a key, and f from weights and inputs.


def relu(config):
    n, width = config.n, config.width

    def start(key):
        first, second = random.split(key)
        return {"hidden": affine(first, n, width), "output": affine(second, width, 1)}

    return start, lambda p, x: through(p["output"], jax.nn.relu(through(p["hidden"], x)))[:, 0]


def sine(config):
    start = partial(affine, n=config.n, width=1)
    return start, lambda p, x: jnp.sin(through(p, x))[:, 0]


def polynet(config):
    start = partial(affine, n=config.n, width=config.width)
    return start, lambda p, x: through(p, x).prod(-1)


def transformer(config):
    n, d, count, hidden = config.n, config.width, config.heads, config.hidden

    def start(key):
        keys = random.split(key, 9)
        embeddings = {"token": (2, d), "position": (n, d), "query": (d,)}
        squares = ("to_query", "to_key", "to_value", "to_output")
        p = {name: uniform(k, embeddings[name], 1) for name, k in zip(embeddings, keys[:3])}
        p |= {name: uniform(k, (d, d), d) for name, k in zip(squares, keys[3:7])}
        return p | {"hidden": affine(keys[7], d, hidden), "output": affine(keys[8], hidden, 1)}

    def apply(p, x):
        tokens = p["token"][(x > 0).astype(jnp.int32)] + p["position"]
        heads = lambda vectors: vectors.reshape(*vectors.shape[:-1], count, d // count)
        keys, values = heads(tokens @ p["to_key"]), heads(tokens @ p["to_value"])
        scores = jnp.einsum("hj,bihj->bhi", heads(p["query"] @ p["to_query"]), keys)
        shares = jax.nn.softmax(scores * (d // count) ** -0.5)
        means = jnp.einsum("bhi,bihj->bhj", shares, values).reshape(-1, d)
        a = jax.nn.relu(through(p["hidden"], means @ p["to_output"]))
        return through(p["output"], a)[:, 0]

    return start, apply


def block(config):
    n, d, count, hidden = config.n, config.width, config.heads, config.hidden

    def start(key):
        keys = random.split(key, 8)
        embeddings = {"token": (2, d), "position": (n + 1, d), "label": (1, d)}
        widths = {
            "to_all": (d, 3 * d),
            "to_output": (d, d),
            "hidden": (d, hidden),
            "back": (hidden, d),
            "output": (d, 1),
        }
        p = {name: uniform(k, embeddings[name], 1) for name, k in zip(embeddings, keys)}
        p |= {name: affine(k, *widths[name]) for name, k in zip(widths, keys[3:])}
        # Without the type it is weak, and every call would compile anew.
        norm = lambda: {"weight": jnp.full(d, SCALE, jnp.float32), "bias": jnp.zeros(d)}
        return p | {"first": norm(), "second": norm()}

    def normal(layer, tokens):
        return jax.nn.standardize(tokens) * layer["weight"] + layer["bias"]

    def apply(p, x):
        label = jnp.broadcast_to(p["label"], (len(x), 1, d))
        tokens = jnp.concatenate([label, p["token"][(x > 0).astype(jnp.int32)]], 1) + p["position"]
        asked = through(p["to_all"], normal(p["first"], tokens))
        asked = asked.reshape(-1, n + 1, 3, count, d // count)
        means = jax.nn.dot_product_attention(*(asked[:, :, i] for i in range(3)))
        tokens += through(p["to_output"], means.reshape(-1, n + 1, d))
        a = jax.nn.gelu(through(p["hidden"], normal(p["second"], tokens)), approximate=False)
        tokens += through(p["back"], a)
        return through(p["output"], tokens[:, 0])[:, 0]

    return start, apply


NETWORKS = {
    "relu": relu,
    "sine": sine,
    "polynet": polynet,
    "transformer": transformer,
    "block": block,
}


# A batch has n columns of inputs and one of random labels.


def rademacher(key, rows, columns):
    return random.rademacher(key, (rows, columns), jnp.float32)


def packed(key, rows, columns):
    """A random bit becomes the sign of 1.0."""
    words = random.bits(key, (rows, -(-columns // 32)), jnp.uint32)
    bits = words[:, :, None] << jnp.arange(32, dtype=jnp.uint32)
    ones = bits & jnp.uint32(1 << 31) | jnp.float32(1).view(jnp.uint32)
    return lax.bitcast_convert_type(ones, jnp.float32).reshape(rows, -1)[:, :columns]


def hinge(f, y):
    return jax.nn.relu(1 - y * f).mean()


def scan(config, draw=rademacher, generator="threefry2x32", trials=1):
    if trials > 1 and config.adam:
        return None
    start, apply = NETWORKS[config.network](config)
    optimizer = (optax.adam if config.adam else optax.sgd)(RATE)
    batch = lambda key: draw(key, config.batch, config.n + 1)

    def step(state, _):
        weights, moments, key = state
        key, now = random.split(key)
        signs = batch(now)
        loss = lambda weights: hinge(apply(weights, signs[:, :-1]), signs[:, -1])
        updates, moments = optimizer.update(jax.grad(loss)(weights), moments)
        return (optax.apply_updates(weights, updates), moments, key), None

    # Calls of roughly ten milliseconds, so that their cost does not count.
    products = config.batch * config.n * config.width * trials
    count = 10 if config.adam else min(1000, max(1, 200_000_000 // products))

    def first(key):
        weights = start(key)
        return weights, optimizer.init(weights), key

    def steps(state):
        return lax.scan(step, state, length=count)[0]

    def look(state):
        return apply(state[0], batch(state[2])[:, :-1])

    key = random.key(1, impl=generator)
    if trials > 1:
        first, steps, look = map(jax.vmap, (first, steps, look))
        key = random.split(key, trials)
    steps = jax.jit(steps, donate_argnums=0)
    now = [jax.jit(first)(key)]

    def run():
        now[0] = jax.block_until_ready(steps(now[0]))

    return Work(run, count * trials, lambda: look(now[0]).ravel().tolist())


cheapest = partial(scan, draw=packed, generator="unsafe_rbg")

if __name__ == "__main__":
    trials = partial(cheapest, trials=TRIALS)
    blocks = {"scan, packed" + USUAL: usual(cheapest)}
    serve("JAX", {"scan": scan, "scan, packed": cheapest, f"{TRIALS} trials": trials} | blocks)
