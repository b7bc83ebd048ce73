"""How long `mlp train --config fast` takes from the shell to saved weights, beside plain scripts.

    MLP_DATA=DIR python -m benchmarks.command

DIR holds mnist/. `fast_pytorch.py` and `fast_jax.py` are the same recipe; imports and compilation
count. Cold means that nothing is cached by this program or by Numba; the libraries' own files have
been read before. The contestants take turns. Let nothing else run meanwhile.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import click

HERE = Path(__file__).parent
OURS = [sys.executable, "-m", "mlpcli", "train", "--quiet", "--config", "fast", "--out"]
COMMANDS = {
    "ours": OURS,
    "ours, cold": OURS,
    "ours in NumPy": [*OURS[:-1], "--set", "compiled=false", "--out"],
    "PyTorch": [sys.executable, str(HERE / "fast_pytorch.py")],
    "JAX": [sys.executable, str(HERE / "fast_jax.py")],
}


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True)
def main(rounds: int) -> None:
    """Time each command and print medians and ratios."""
    seconds, accuracies = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for number in range(rounds):
        for name, command in COMMANDS.items():
            click.echo(f"round {number + 1}: {name}", err=True)
            with tempfile.TemporaryDirectory() as folder:
                caches = {"MLP_CACHE": folder, "NUMBA_CACHE_DIR": folder} if "cold" in name else {}
                start = time.perf_counter()
                finished = subprocess.run(
                    [*command, str(Path(folder) / "weights")],
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=os.environ | caches,
                )
                seconds[name].append(time.perf_counter() - start)
            (accuracy,) = re.findall(r"test accuracy ([\d.]+) %", finished.stdout)
            accuracies[name].append(float(accuracy))
    click.echo(f"{'':<15}{'seconds':<24}{'ours / it':<24}test accuracy, %")
    for name, measured in seconds.items():
        ratios = [one / other for one, other in zip(seconds["ours"], measured, strict=True)]
        accuracy = statistics.mean(accuracies[name])
        click.echo(f"{name:<15}{spread(measured):<24}{spread(ratios):<24}{accuracy:.2f}")


def spread(values: list[float]) -> str:
    """Return the median, least and greatest of several values."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
