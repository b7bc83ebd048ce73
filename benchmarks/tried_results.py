"""What `benchmarks/tried.py` has measured, and its table in Markdown.

python -m benchmarks.tried_results
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean
from typing import Any

import click

KEPT = Path(__file__).with_name("tried.jsonl")
HELD_OUT = 10_000


def load() -> list[dict[str, Any]]:
    """Return all that is kept."""
    return [json.loads(line) for line in KEPT.read_text().splitlines()] if KEPT.exists() else []


def keep(result: dict[str, Any]) -> None:
    """Add a result."""
    with KEPT.open("a") as file:
        file.write(json.dumps(result) + "\n")


def table_text() -> str:
    """Return the mean of each recipe's seeds, and how it differs from the first recipe's.

    The rows are in the order of the file. A difference is that of the mean validation
    accuracies, in percentage points, over the seeds that both have.
    """
    rows = ["| tried | validation | of each seed | difference | loss |", "|---|---|---|---|---|"]
    results = load()
    first = accuracies(results, results[0]["name"])
    for name in dict.fromkeys(each["name"] for each in results):
        own = accuracies(results, name)
        each_one = ", ".join(f"{each:.2f}" for each in own.values())
        difference = mean(own[seed] - first[seed] for seed in own.keys() & first.keys())
        signed = f"{round(difference, 2) + 0:+.2f}".replace("-", "−")
        loss = mean(each["loss"] for each in results if each["name"] == name)
        rows.append(f"| {name} | {mean(own.values()):.2f} % | {each_one} | {signed} | {loss:.4f} |")
    return "\n".join(rows)


def accuracies(results: list[dict[str, Any]], name: str) -> dict[int, float]:
    """Return the validation accuracy in percent of each seed of a recipe."""
    own = {each["recipe"]["seed"]: each["wrong"] for each in results if each["name"] == name}
    return {seed: 100 - 100 * own[seed] / HELD_OUT for seed in sorted(own)}


if __name__ == "__main__":
    click.echo(table_text())
