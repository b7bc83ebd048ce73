"""What else could make plain networks more accurate: recipes in PyTorch, tried at little cost.

    MLP_DATA=DIR python -m benchmarks.tried NAME --hidden 800 --epochs 80 --fade 0.4 --deslant
    python -m benchmarks.tried_results

DIR holds mnist/. A network is trained on the first 50,000 training images and read on the last
10,000; the test images are not opened. Its products are in bfloat16, which some processors compute
several times as fast, its warps and views are those of the program, and so is its recipe: AdamW,
the one-cycle schedule, batch normalisation, and an average of the weights. Beside that it has what
the program does not: sharpness-aware minimisation (Foret et al., arXiv:2010.01412), R-Drop (Liang
et al., arXiv:2106.14448), mixup (Zhang et al., arXiv:1710.09412) and stochastic depth (Huang et
al., arXiv:1603.09382). What is measured is kept in benchmarks/tried.jsonl.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import click
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.tried_results import HELD_OUT, keep, load
from mlpcli.config import data_root
from mlpcli.config.data import DataConfig
from mlpcli.config.schema import AugmentationConfig, ElasticConfig
from mlpcli.datasets import Split
from mlpcli.datasets.selection import open_configured
from mlpcli.images.normalization import to_inputs
from mlpcli.images.view import View
from mlpcli.training.compiled import CompiledBatches

LATE = 0.8
"""Share of a run after which `--merge` begins."""


@click.command()
@click.argument("name")
@click.option("--seed", default=0, show_default=True)
@click.option("--hidden", default="1024,512", show_default=True, help="Units of each hidden layer.")
@click.option("--epochs", default=60, show_default=True)
@click.option("--batch", default=500, show_default=True)
@click.option("--merge", default=1, show_default=True, help="Batches a step in the last fifth.")
@click.option("--rate", default=0.004, show_default=True, help="Peak of AdamW's learning rate.")
@click.option("--decay", default=0.02, show_default=True, help="Weight decay.")
@click.option("--average", default=0.9995, show_default=True, help="Decay of the weights' average.")
@click.option("--smoothing", default=0.0, show_default=True, help="Of labels.")
@click.option("--dropout", default=0.0, show_default=True)
@click.option("--warps", default=1.0, show_default=True, help="Strength; 1: rotation 9° and so on.")
@click.option("--fade", default=0.0, show_default=True, help="Share of the run, at its end.")
@click.option("--deslant", is_flag=True)
@click.option("--width", type=int, help="Of digits, in pixels.")
@click.option("--sam", default=0.0, show_default=True, help="Radius of the neighbourhood.")
@click.option("--rdrop", default=0.0, show_default=True, help="Weight of the divergence.")
@click.option("--mixup", default=0.0, show_default=True, help="Both parameters of the beta.")
@click.option("--depth", default=0.0, show_default=True, help="Share of middle layers left out.")
def main(name: str, **recipe: Any) -> None:
    """Train one network, unless its result is kept."""
    if not any((each["name"], each["recipe"]) == (name, recipe) for each in load()):
        keep(measure(name, recipe))


def measure(name: str, recipe: dict[str, Any]) -> dict[str, Any]:
    """Train one network and read the held-out images; return what is kept of that."""
    torch.set_num_threads(1)
    torch.manual_seed(recipe["seed"])
    start = time.perf_counter()
    data = open_configured(DataConfig(root=data_root(), validation=HELD_OUT))
    view = View(deslant=recipe["deslant"], width=recipe["width"])
    model = train(data.train.seen(view), recipe)
    wrong, loss = read(model, data.validation.seen(view))
    seconds = round(time.perf_counter() - start)
    return {"name": name, "wrong": wrong, "loss": loss, "seconds": seconds, "recipe": recipe}


class Perceptron(nn.Module):  # type: ignore[misc]  # nothing is known of its types
    """A multi-layer perceptron with batch normalisation and GELU."""

    def __init__(self, sizes: list[int], dropout: float, depth: float) -> None:
        super().__init__()
        self.linears = nn.ModuleList(map(nn.Linear, sizes[:-1], sizes[1:]))
        self.norms = nn.ModuleList(map(nn.BatchNorm1d, sizes[1:-1]))
        self.dropout, self.depth = dropout, depth
        for linear in self.linears:
            nn.init.normal_(linear.weight, 0, math.sqrt(2 / linear.in_features))
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        for linear, norm in zip(self.linears[:-1], self.norms, strict=True):
            square = linear.in_features == linear.out_features
            if square and self.training and float(torch.rand(())) < self.depth:
                continue
            x = functional.dropout(
                functional.gelu(norm(linear(x).float())), self.dropout, self.training
            )
        logits: Tensor = self.linears[-1](x).float()
        return logits


def train(split: Split, recipe: dict[str, Any]) -> nn.Module:
    """Return a trained network, the average of its weights in it."""
    sizes = [784, *map(int, recipe["hidden"].split(",")), 10]
    model = Perceptron(sizes, recipe["dropout"], recipe["depth"])
    averages = [parameter.detach().clone() for parameter in model.parameters()]
    groups = [
        {
            "params": [p for p in model.parameters() if p.dim() == 2],
            "weight_decay": recipe["decay"],
        },
        {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=recipe["rate"], fused=True)
    batches = batches_of(split, recipe)
    model.train()
    for step, (progress, x, y) in enumerate(course(batches, recipe)):
        for group in optimizer.param_groups:
            group["lr"] = recipe["rate"] * one_cycle(progress)
        descend(model, optimizer, objective(model, x, y, recipe), recipe["sam"])
        kept = recipe["average"] ** (len(y) / recipe["batch"])
        share = 1 - min(kept, (2 + step) / (11 + step))
        latest = [parameter.detach() for parameter in model.parameters()]
        torch._foreach_lerp_(averages, latest, share)
    with torch.no_grad():
        for parameter, average in zip(model.parameters(), averages, strict=True):
            parameter.copy_(average)
    measure_statistics(model, batches, recipe["epochs"])
    return model


def batches_of(split: Split, recipe: dict[str, Any]) -> CompiledBatches:
    """Return the program's warped batches; `--warps 1` has the strengths of `simard`."""
    strength = recipe["warps"]
    warps = AugmentationConfig(
        rotation=9 * strength,
        scale=0.12 * strength,
        shear=0.12 * strength,
        shift=1.2 * strength,
        elastic=ElasticConfig(alpha=30 * strength, sigma=4.0),
        fade=recipe["fade"],
    )
    size, seed, epochs = recipe["batch"], recipe["seed"], recipe["epochs"]
    return CompiledBatches(split, size, seed, warps, epochs=epochs)


def course(
    batches: CompiledBatches, recipe: dict[str, Any]
) -> Iterator[tuple[float, Tensor, Tensor]]:
    """Yield the share of the run that is over, the inputs and the labels of each step."""
    total = recipe["epochs"] * len(batches)
    done = 0
    for epoch in range(recipe["epochs"]):
        late = epoch >= LATE * recipe["epochs"]
        waiting = inputs(batches, epoch)
        while group := list(islice(waiting, recipe["merge"] if late else 1)):
            rows, labels = zip(*group, strict=True)
            yield done / total, torch.cat(rows), torch.cat(labels)
            done += len(group)


def inputs(batches: CompiledBatches, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield inputs and labels as tensors, which the next batch does not overwrite."""
    for rows, labels in batches.epoch(epoch):
        yield torch.tensor(np.asarray(rows)), torch.tensor(labels)


def one_cycle(progress: float, warmup: float = 0.25) -> float:
    """Return the share of the peak rate, as in `mlpcli.nn.schedules`."""
    if progress < warmup:
        return progress / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def objective(
    model: nn.Module, x: Tensor, y: Tensor, recipe: dict[str, Any]
) -> Callable[[], Tensor]:
    """Return what computes the loss of a batch, twice the same if it is called twice."""
    smoothing = recipe["smoothing"]
    share, other = 1.0, y
    if recipe["mixup"]:
        share = float(torch.distributions.Beta(recipe["mixup"], recipe["mixup"]).sample())
        order = torch.randperm(len(x))
        x, other = share * x + (1 - share) * x[order], y[order]

    def compute() -> Tensor:
        logits = predict(model, x)
        loss = share * functional.cross_entropy(logits, y, label_smoothing=smoothing)
        if share < 1:
            loss = loss + (1 - share) * functional.cross_entropy(
                logits, other, label_smoothing=smoothing
            )
        if not recipe["rdrop"]:
            return loss
        again = predict(model, x)
        loss = (loss + functional.cross_entropy(again, y, label_smoothing=smoothing)) / 2
        p, q = (functional.log_softmax(each, dim=1) for each in (logits, again))
        options = {"log_target": True, "reduction": "batchmean"}
        both = functional.kl_div(p, q, **options) + functional.kl_div(q, p, **options)
        return loss + recipe["rdrop"] * both / 2

    return compute


def predict(model: nn.Module, x: Tensor) -> Tensor:
    """Return the logits, with products in bfloat16."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits: Tensor = model(x)
    return logits


def descend(
    model: nn.Module, optimizer: torch.optim.Optimizer, loss: Callable[[], Tensor], radius: float
) -> None:
    """Take a step, along the gradient at the worst point nearby if there is a radius."""
    optimizer.zero_grad(set_to_none=True)
    loss().backward()
    if radius:
        weights = [p for p in model.parameters() if p.dim() == 2]
        gradients = [p.grad for p in weights if p.grad is not None]
        norm = torch.sqrt(sum(((g * g).sum() for g in gradients), torch.zeros(())))
        away = [g * (radius / (norm + 1e-12)) for g in gradients]
        with torch.no_grad():
            torch._foreach_add_(weights, away)
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        with torch.no_grad():
            torch._foreach_sub_(weights, away)
    optimizer.step()


def measure_statistics(model: nn.Module, batches: CompiledBatches, epoch: int) -> None:
    """Measure the statistics of the averaged weights on images warped as at the end."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.reset_running_stats()
            module.momentum = None
    with torch.no_grad():
        for x, _ in islice(inputs(batches, epoch - 1), 40):
            predict(model, x)


def read(model: nn.Module, split: Split) -> tuple[int, float]:
    """Return how many images are read wrongly, and the loss."""
    model.eval()
    rows = np.empty((len(split), 784), dtype=np.float32)
    with torch.no_grad():
        logits = model(torch.from_numpy(to_inputs(split.images, rows)))
    labels = torch.tensor(split.labels)
    wrong = int((logits.argmax(dim=1) != labels).sum())
    return wrong, round(float(functional.cross_entropy(logits, labels)), 4)


if __name__ == "__main__":
    main()
