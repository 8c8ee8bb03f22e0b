"""A training step in PyTorch.

eager     modules, autograd and an optimizer of the library: what one writes first
manual    eager, with the gradient by hand and updates in place (ReLU networks only)
compiled  some steps, each with its batch, in one graph of torch.compile

Configuration J also has eager and compiled of the usual block, which is another function.
"""

from worker import RATE, SCALE, USUAL, Work, serve, usual

import torch
from torch import nn
from torch.nn import functional

torch.set_num_threads(1)


class Relu(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.hidden, self.output = nn.Linear(config.n, config.width), nn.Linear(config.width, 1)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x))).squeeze(-1)


class Sine(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.linear = nn.Linear(config.n, config.width)

    def forward(self, x):
        return torch.sin(self.linear(x)).squeeze(-1)


class PolyNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.linear = nn.Linear(config.n, config.width)

    def forward(self, x):
        return self.linear(x).prod(-1)


class Transformer(nn.Module):
    """One trained query attends over all tokens; a network of one hidden layer follows."""

    def __init__(self, config):
        super().__init__()
        n, d, self.heads = config.n, config.width, config.heads
        uniform = lambda *shape: nn.Parameter(torch.empty(shape).uniform_(-1, 1))
        linear = lambda: nn.Linear(d, d, bias=False)
        self.token, self.position, self.query = uniform(2, d), uniform(n, d), uniform(d)
        self.to_query, self.to_key, self.to_value, self.to_output = (linear() for _ in range(4))
        self.hidden, self.output = nn.Linear(d, config.hidden), nn.Linear(config.hidden, 1)

    def forward(self, x):
        tokens = functional.embedding((x > 0).long(), self.token) + self.position
        heads = lambda vectors: vectors.unflatten(-1, (self.heads, -1)).transpose(-3, -2)
        keys, values = heads(self.to_key(tokens)), heads(self.to_value(tokens))
        query = heads(self.to_query(self.query).unsqueeze(0)).expand(len(x), -1, -1, -1)
        means = functional.scaled_dot_product_attention(query, keys, values).flatten(1)
        return self.output(torch.relu(self.hidden(self.to_output(means)))).squeeze(-1)


class Block(nn.Module):
    """The usual block, by the library's own layer: all tokens ask, one more is the class token."""

    def __init__(self, config):
        super().__init__()
        n, d = config.n, config.width
        uniform = lambda *shape: nn.Parameter(torch.empty(shape).uniform_(-1, 1))
        self.token, self.position, self.label = uniform(2, d), uniform(n + 1, d), uniform(1, 1, d)
        options = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}
        self.layer = nn.TransformerEncoderLayer(
            d, config.heads, dim_feedforward=config.hidden, **options
        )
        self.output = nn.Linear(d, 1)

    def forward(self, x):
        tokens = functional.embedding((x > 0).long(), self.token)
        tokens = torch.cat([self.label.expand(len(x), -1, -1), tokens], 1) + self.position
        return self.output(self.layer(tokens)[:, 0]).squeeze(-1)


NETWORKS = {
    "relu": Relu,
    "sine": Sine,
    "polynet": PolyNet,
    "transformer": Transformer,
    "block": Block,
}


def network_of(config):
    torch.manual_seed(1)
    network = NETWORKS[config.network](config)
    with torch.no_grad():
        for weights in network.parameters():
            weights.mul_(SCALE)
    return network


def draw(config):
    """x and, as one more column, random labels y."""
    signs = torch.empty(config.batch, config.n + 1).bernoulli_(0.5).mul_(2).sub_(1)
    return signs[:, :-1], signs[:, -1]


def hinge(f, y):
    return torch.relu(1 - y * f).mean()


def outputs(network, config):
    with torch.no_grad():
        return network(draw(config)[0]).tolist()


def eager(config):
    network = network_of(config)
    kind = torch.optim.Adam if config.adam else torch.optim.SGD
    optimizer = kind(network.parameters(), lr=RATE)

    def step():
        x, y = draw(config)
        optimizer.zero_grad()
        hinge(network(x), y).backward()
        optimizer.step()

    return Work(step, 1, lambda: outputs(network, config))


def manual(config):
    if config.network != "relu":
        return None
    network = network_of(config)
    w, b, u, c = (weights.data for weights in network.parameters())
    u = u[0]

    @torch.inference_mode()
    def step():
        x, y = draw(config)
        a = torch.addmm(b, x, w.t()).relu_()
        f = torch.mv(a, u).add_(c)
        # The derivative of the loss in f, times −η.
        d = (y * f < 1) * y * (RATE / config.batch)
        d_z = torch.outer(d, u).mul_(a > 0)
        w.addmm_(d_z.t(), x)
        b.add_(d_z.sum(0))
        u.addmv_(a.t(), d)
        c.add_(d.sum())

    return Work(step, 1, lambda: outputs(network, config))


def sgd(weights, grad, _):
    return {name: w - RATE * grad[name] for name, w in weights.items()}, None


def adam(weights, grad, state):
    mean, square, t = state
    t = t + 1
    mean = {name: torch.lerp(m, grad[name], 0.1) for name, m in mean.items()}
    square = {name: torch.lerp(v, grad[name] ** 2, 0.001) for name, v in square.items()}
    to_mean, to_square = 1 / (1 - 0.9**t), 1 / (1 - 0.999**t)
    update = lambda name: mean[name] * to_mean / ((square[name] * to_square).sqrt() + 1e-8)
    return {name: w - RATE * update(name) for name, w in weights.items()}, (mean, square, t)


def compiled(config):
    network = network_of(config)
    weights = {name: w.detach().clone() for name, w in network.named_parameters()}
    if config.adam:
        zeros = lambda: {name: torch.zeros_like(w) for name, w in weights.items()}
        update, state, count = adam, (zeros(), zeros(), torch.zeros(())), 2
    else:
        update, state, count = sgd, None, 8

    def loss(weights, x, y):
        return hinge(torch.func.functional_call(network, weights, (x,)), y)

    def steps(weights, state):
        for _ in range(count):
            # The compiler has no Bernoulli numbers; a uniform one below 1/2 is as good.
            signs = (torch.rand(config.batch, config.n + 1) < 0.5).float() * 2 - 1
            grad = torch.func.grad(loss)(weights, signs[:, :-1], signs[:, -1])
            weights, state = update(weights, grad, state)
        return weights, state

    graph = torch.compile(steps, fullgraph=True, dynamic=False)
    now = [weights, state]

    @torch.no_grad()
    def run():
        now[:] = graph(*now)

    def outputs_now():
        network.load_state_dict(now[0])
        return outputs(network, config)

    return Work(run, count, outputs_now)


if __name__ == "__main__":
    blocks = {"eager" + USUAL: usual(eager), "compiled" + USUAL: usual(compiled)}
    serve("PyTorch", {"eager": eager, "manual": manual, "compiled": compiled} | blocks)
