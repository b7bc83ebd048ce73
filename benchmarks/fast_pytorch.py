"""The recipe of configs/fast.yaml as a plain PyTorch script, to time `mlp train` against.

MLP_DATA=DIR python benchmarks/fast_pytorch.py WEIGHTS

The images are deslanted by the program, so that all networks learn from the same ones.
"""

import gzip
import math
import os
import sys

import click
import numpy as np
import torch
from torch import nn
from torch.nn.functional import conv2d, cross_entropy, grid_sample
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mlpcli.images.view import View

EPOCHS, BATCH, RATE, SIGMA, ALPHA = 8, 256, 0.3, 4, 10


def read(name: str, header: int) -> np.ndarray:
    """Return the bytes of one of MNIST's files behind its header."""
    with gzip.open(f"{os.environ['MLP_DATA']}/mnist/{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def images_of(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images in [0, 1], (count, 1, 28, 28), and labels."""
    images = View(deslant=True).apply(read(f"{part}-images-idx3-ubyte", 16).reshape(-1, 28, 28))
    labels = read(f"{part}-labels-idx1-ubyte", 8).astype(np.int64)
    return torch.from_numpy(images)[:, None].float() / 255, torch.from_numpy(labels)


reach = torch.arange(-3 * SIGMA, 3 * SIGMA + 1)
kernel = torch.exp(-0.5 * (reach / SIGMA) ** 2)
kernel = (kernel / kernel.sum()).reshape(1, 1, 1, -1)
row, column = torch.meshgrid(torch.arange(28.0) - 13.5, torch.arange(28.0) - 13.5, indexing="ij")


def warp(images: torch.Tensor) -> torch.Tensor:
    """Warp each image at random, as `augmentation` in the configuration says."""
    count = len(images)

    def draw(limit: float) -> torch.Tensor:
        return torch.empty(count, 1, 1).uniform_(-limit, limit)

    down = row / (1 + draw(0.05))
    right = column / (1 + draw(0.05)) + down * draw(0.05)
    angle = draw(math.radians(4))
    noise = torch.empty(2 * count, 1, 28 + 6 * SIGMA, 28 + 6 * SIGMA).uniform_(-1, 1)
    smooth = conv2d(conv2d(noise, kernel), kernel.transpose(2, 3))
    fields = ALPHA * smooth.reshape(2, count, 28, 28)
    rows = draw(0.5) + down * torch.cos(angle) + right * torch.sin(angle) + fields[0]
    columns = draw(0.5) + right * torch.cos(angle) - down * torch.sin(angle) + fields[1]
    grid = torch.stack([columns, rows], dim=3) / 13.5
    return grid_sample(images, grid, align_corners=True)


def main() -> None:
    """Train, print the accuracy on the test images, and save the weights."""
    torch.manual_seed(0)
    images, labels = images_of("train")
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256, bias=False),
        nn.BatchNorm1d(256),
        nn.GELU("tanh"),
        nn.Linear(256, 128, bias=False),
        nn.BatchNorm1d(128),
        nn.GELU("tanh"),
        nn.Linear(128, 10),
    )
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
    optimizer = torch.optim.SGD(model.parameters(), RATE, momentum=0.9, nesterov=True)
    steps = math.ceil(len(images) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=EPOCHS * steps, pct_start=0.25, cycle_momentum=False
    )
    for epoch in range(EPOCHS):
        total = 0.0
        for rows in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            loss = cross_entropy(model(warp(images[rows])), labels[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(model)
            total += loss.item() * len(rows)
        click.echo(f"epoch {epoch + 1}: loss {total / len(images):.4f}", err=True)
    average.eval()
    images, labels = images_of("t10k")
    with torch.no_grad():
        accuracy = (average(images).argmax(dim=1) == labels).float().mean().item()
    click.echo(f"test accuracy {100 * accuracy:.2f} %")
    torch.save(average.module.state_dict(), sys.argv[1])


if __name__ == "__main__":
    main()
