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
    """Return the mean validation accuracy of each name, in the order in which they were tried."""
    rows = ["| tried | validation | of each seed | loss |", "|---|---|---|---|"]
    results = load()
    for name in dict.fromkeys(each["name"] for each in results):
        own = sorted(
            (each for each in results if each["name"] == name),
            key=lambda each: int(each["recipe"]["seed"]),
        )
        accuracies = [100 - 100 * each["wrong"] / HELD_OUT for each in own]
        each_one = ", ".join(f"{each:.2f}" for each in accuracies)
        loss = mean(each["loss"] for each in own)
        rows.append(f"| {name} | {mean(accuracies):.2f} % | {each_one} | {loss:.4f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    click.echo(table_text())
