"""What `benchmarks/ladder.py` measures, and what it keeps of it."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import threadpoolctl

from mlpcli.config import Config, load_config, plain
from mlpcli.sweep.reading import read_sweep
from mlpcli.utils.files import atomic_write

KEPT = Path(__file__).with_name("ladder.json")
CONFIGS = Path(__file__).resolve().parents[1] / "configs"
Split = Literal["validation", "test"]


@dataclass(frozen=True)
class Rung:
    """A configuration, or a committee of several, and what there is to compare it with.

    Attributes:
        name: as in `--only`.
        config: name of the shipped configuration or sweep.
        target: what it should come to on the test images, in per cent.
        published: accuracy of plain networks on the test images, and whose.
        teacher: the rung whose answers it learns.
        seeds: how many there are at most.
    """

    name: str
    config: str
    target: str
    published: str = ""
    teacher: str = ""
    seeds: int = 100

    @property
    def committee(self) -> bool:
        """Whether `config` is a sweep, whose networks are averaged."""
        return "/" in self.config and not self.config.endswith(".yaml")

    @property
    def shipped(self) -> bool:
        """Whether its configuration comes with the program."""
        return (CONFIGS / f"{self.config}.yaml").exists()

    @property
    def members(self) -> list[Config]:
        """The configurations of its networks: one, or those of the committee."""
        if not self.committee:
            return [load_config(self.config)]
        sweep = read_sweep(CONFIGS / f"{self.config}.yaml")
        return [sweep.config_at(point, seed) for seed in sweep.seeds for point in sweep.grid()]


@dataclass(frozen=True)
class Result:
    """One measured run.

    Attributes:
        rung: which.
        seed: of the run; of a committee that of its sweep.
        correct: right answers.
        count: images.
        seconds: from the shell to saved weights, the test included; of the epochs alone if the run
            was interrupted, and of a committee's members together.
        date: when it ended.
        blas: the library of NumPy's matrix products.
        configuration: the start of a SHA-256 of all its values but the seed.
        split: which images were read.
        threads: of the training.
        machine: its processor.
        averaged: right answers of the mean over copies of each image, as by `mlp evaluate --tta`.
    """

    rung: str
    seed: int
    correct: int
    count: int
    seconds: float
    date: str
    blas: str
    configuration: str
    split: Split = "test"
    threads: str = "auto"
    machine: str = ""
    averaged: int | None = None

    @property
    def accuracy(self) -> float:
        """In per cent."""
        return 100 * self.correct / self.count

    @property
    def averaged_accuracy(self) -> float | None:
        """That of the mean over copies, in per cent."""
        return None if self.averaged is None else 100 * self.averaged / self.count


def fingerprint(rung: Rung) -> str:
    """Return what tells one recipe from another, whatever its seed, its data and its places."""
    values = [_values(config) for config in rung.members]
    text = json.dumps(values[0] if len(values) == 1 else values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _values(config: Config) -> dict[str, Any]:
    """Return the values of a configuration that change its results for more than a run's luck."""
    data = config.data.model_copy(update={"root": "", "validation": 0})
    places = {"seed": 0, "data": data, "output": "runs", "threads": "auto"}
    values = plain(config.model_copy(update=places))
    del values["training"]["checkpoint_every"]  # which changes no result
    del values["compiled"]  # which changes some last bits
    distillation = values["training"]["distillation"]
    if distillation is not None:
        del distillation["teacher"]
    # later keys, whose defaults are what there was before: results from then stand
    for section, key in (
        (values["training"], "class_weights"),
        (values["training"], "distillation"),
        (values["data"], "view"),
        (values["augmentation"] or {}, "fade"),
    ):
        if not section.get(key):
            section.pop(key, None)
    return values


def blas() -> str:
    """Return name and kernel of the library of matrix products, and how many threads it may use."""
    (pool,) = threadpoolctl.ThreadpoolController().select(user_api="blas").info()
    return f"{pool['internal_api']} {pool['architecture']}, {pool['num_threads']} threads"


def machine() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def results_of(rung: Rung, split: Split) -> list[Result]:
    """Return what is kept of a rung as its configuration is now, by seed."""
    now = rung.name, split, fingerprint(rung)
    kept = [each for each in load() if (each.rung, each.split, each.configuration) == now]
    return sorted(kept, key=lambda result: result.seed)


def load() -> list[Result]:
    """Return all that is kept."""
    return [Result(**entry) for entry in json.loads(KEPT.read_text())] if KEPT.exists() else []


def keep(result: Result) -> None:
    """Add a result, in the place of an older one of the same run."""
    others = [each for each in load() if _same(each) != _same(result)]
    lines = [json.dumps(asdict(entry)) for entry in [*others, result]]
    with atomic_write(KEPT) as file:
        file.write(("[\n" + ",\n".join(lines) + "\n]\n").encode())


def _same(result: Result) -> tuple[object, ...]:
    """Return what two results of the same run have in common."""
    return result.rung, result.seed, result.split, result.configuration
