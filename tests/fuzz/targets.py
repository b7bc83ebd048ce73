"""What reads a stranger's file, as the program would and all the way, and what a right answer is.

A right answer is a result, or an `MlpError` whose text is one line that names the file.
"""

import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from unittest import mock

import numpy as np
import pyarrow.parquet
from PIL import Image
from pydantic import TypeAdapter

import mlpcli.datasets.download  # loaded before anything is watched, as what follows
import mlpcli.datasets.formats.folders
import mlpcli.datasets.synthetic.alphabet
import mlpcli.training.session  # noqa: F401
from mlpcli.cli.running import Outputs, complete
from mlpcli.cli.train import resumed
from mlpcli.config import load_config
from mlpcli.datasets import SOURCES, CachePolicy, Split, open_dataset
from mlpcli.datasets.catalogue import TRAIN_IMAGES, TRAIN_LABELS, read_folder
from mlpcli.datasets.dataset import fingerprint
from mlpcli.datasets.disk_cache import Origin
from mlpcli.datasets.formats.columns import find_columns
from mlpcli.datasets.formats.npz import read_npz
from mlpcli.datasets.formats.tables import read_table
from mlpcli.errors import MlpError
from mlpcli.export.exported import Exported
from mlpcli.export.safetensors_file import safetensors_bytes
from mlpcli.images import preprocess, read_picture
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.evaluation import evaluate_split
from mlpcli.inference.inspection import Inspection
from mlpcli.report.inspections import inspection_record, inspection_text
from mlpcli.report.listings import run_record, runs_csv, usual_table
from mlpcli.report.page import report_html
from mlpcli.runs.checkpoint import load_checkpoint, load_checkpoints, only_one
from mlpcli.runs.columns import COLUMNS, sort_entries
from mlpcli.runs.finding import existing_run, load_weights
from mlpcli.sweep.directory import SweepDirectory, is_sweep
from mlpcli.sweep.listing import list_runs
from tests.fuzz.directories import VICTIM, state, unpack
from tests.fuzz.seeds import (
    DATA,
    EMNIST_IMAGES,
    EMNIST_LABELS,
    LETTERS,
    SIDE,
    data_file,
    dataset,
    draw_few,
    emnist_parts,
    idx_parts,
    make_trainer,
)

LONGEST = 2000  # characters of a line, without the file's name
_SURROUNDINGS = {"MLP_CACHE": os.devnull, "MLP_DATA": ""}  # no copies, no folder of the user's


class UnclearError(AssertionError):
    """A message is not what a user could read."""


@dataclass(frozen=True)
class Target:
    """One format.

    Attributes:
        file: what the file is called.
        read: reads it.
        beside: the content of the files that must lie beside it, by name.
        named: whether every message begins with the file's name, or that of its folder.
    """

    file: str
    read: Callable[[Path], object]
    beside: Callable[[], dict[str, bytes]] = dict
    named: bool = True


def _read_weights(path: Path) -> None:
    classifier = Classifier.load([path])
    inputs = classifier.inputs
    images = np.full((1, inputs.height, inputs.width), 200, dtype=np.uint8)
    classifier.log_probabilities(images)
    if max(inputs.height, inputs.width) <= SIDE:
        classifier.log_probabilities(classifier.preprocess(_drawing()).images)
    inspection = Inspection.load(path)
    health = inspection.health(images)
    inspection_text(inspection, health)
    if inputs.height * inputs.width <= SIDE * SIDE:
        split = Split(images, np.zeros(1, dtype=np.int64))
        report_html(evaluate_split(classifier, "own", "test", split), [inspection]).encode()
    json.dumps(inspection_record(inspection, health), allow_nan=False)


@cache
def _drawing() -> Pixels:
    return np.asarray(dataset(SIDE).train.images[0])


def _read_exported(path: Path) -> None:
    checkpoints = load_checkpoints(path)
    classifier = Classifier.of(checkpoints)
    if len(checkpoints) == 1:
        _read_weights(path)
        make_trainer(2).begin_with(checkpoints[0])
    else:
        inputs = classifier.inputs
        images = np.full((1, inputs.height, inputs.width), 200, dtype=np.uint8)
        split = Split(images, np.zeros(1, dtype=np.int64))
        inspections = [Inspection.of(each) for each in checkpoints]
        report_html(evaluate_split(classifier, "own", "test", split), inspections).encode()
    safetensors_bytes(Exported.of(classifier, checkpoints), checkpoints)


def _read_resumed(path: Path) -> None:
    trainer = make_trainer(2)
    trainer.load_state_dict(load_checkpoint(path))
    trainer.begin_with(load_checkpoint(path))


def _read_data(path: Path) -> None:
    open_dataset(path, root=path.parent, validation=0)


def _read_rows(path: Path) -> None:
    read_table(path, find_columns(path, 4))


def _read_idx(path: Path) -> None:
    _read_data(path.parent)


def _read_emnist(path: Path) -> None:
    read_folder(path.parent, LETTERS, SOURCES[LETTERS])


def _read_picture(path: Path) -> None:
    grey = read_picture(path, str(path))
    for many in (False, True):
        preprocess(grey, many=many)


def _each(*parts: Callable[[], object]) -> None:
    """Do one thing after the other, even where one is refused; then raise the last refusal."""
    refusal = None
    for part in parts:
        try:
            part()
        except MlpError as error:
            refusal = error
    if refusal:
        raise refusal


@contextmanager
def _unpacked(path: Path, key: str = "") -> Iterator[Path]:
    """Give the directory that a file holds, and see that nothing beside it changes."""
    folder = unpack(path, key)
    before = state(path.parent / VICTIM)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield folder
    finally:
        assert state(path.parent / VICTIM) == before, "something outside has changed"


def _read_run(path: Path) -> None:
    none = {name: replace(source, mirrors=()) for name, source in SOURCES.items()}
    with (
        _unpacked(path) as folder,
        mock.patch.dict(os.environ, {"MLP_DATA": str(path.parent)}),
        mock.patch.dict(SOURCES, none),  # a configuration may ask for what is downloaded
    ):
        _each(
            partial(_list, folder),
            partial(_look_at, folder),
            partial(_resume, folder, report=path.stat().st_size % 64 == 0),
        )


def _list(folder: Path) -> None:
    entries = [*list_runs(folder), *list_runs(folder.parent)]
    for columns in None, [*COLUMNS, "seed", "data.mix"]:
        json.dumps([run_record(entry, columns) for entry in entries])
        runs_csv(entries, columns)
    usual_table(sort_entries(entries, "when", descending=False), width=80)


def _look_at(folder: Path) -> None:
    inspection = Inspection.of(only_one(load_weights(folder)))
    inspection_text(inspection, None)


def _read_sweep(path: Path) -> None:
    with _unpacked(path) as folder, mock.patch.dict(os.environ, {"MLP_DATA": ""}):
        _each(
            lambda: Classifier.of(load_weights(folder)),
            lambda: _show_sweep(SweepDirectory(folder)),
        )


def _show_sweep(directory: SweepDirectory) -> None:
    if not is_sweep(directory.path):
        return
    # imported here, so that other targets stay within their memory
    from mlpcli.report.sweep_comparisons import sweep_comparison_record, sweep_comparison_text
    from mlpcli.report.sweep_page import sweep_html
    from mlpcli.report.sweeps import sweep_record, sweep_text
    from mlpcli.sweep.comparing import compare_recipes
    from mlpcli.sweep.results import read_results

    results = read_results(directory)
    sweep_text(results, 80)
    json.dumps(sweep_record(results), allow_nan=False)
    sweep_html(results, "not known").encode()
    comparison = compare_recipes(results)
    sweep_comparison_text(comparison, 80)
    json.dumps(sweep_comparison_record(comparison), allow_nan=False)


def _resume(folder: Path, *, report: bool) -> None:
    run = existing_run(folder)
    outputs = Outputs(quiet=True, report=report, tensorboard=True)
    with run.locked():
        outputs.check_places(run)
        complete(resumed(run, ()), run, outputs)


def _read_cache(path: Path) -> None:
    data = path.with_name(DATA)
    with (
        _unpacked(path, Origin("npz", [data]).key) as folder,
        mock.patch.dict(os.environ, {"MLP_CACHE": str(folder)}),
    ):
        for policy in (CachePolicy(splits=["test"]), CachePolicy(), CachePolicy(verify=True)):
            opened = open_dataset(data, root=path.parent, validation=0, policy=policy)
            assert opened.train.labels.min() >= 0
            assert len(opened.train) == len(opened.train.images)
            assert len(opened.train) == len(list(opened.train.names or opened.train.labels))
        splits = (replace(split, images_sha256=None) for split in (opened.train, opened.test))
        assert fingerprint(*splits) == _fingerprint(data)
        drawn = draw_few()
        assert drawn.train.images.shape == (9, 28, 28)
        assert {*range(10)} >= {*drawn.train.labels.tolist()}


@cache
def _fingerprint(path: Path) -> str:
    return read_npz(path).with_fingerprint().fingerprint


pyarrow.parquet.ParquetFile  # noqa: B018  # loaded above, before anything is watched
Image.init()  # what only some directories need is loaded before anything is watched
TypeAdapter(int)
FORMATS = {
    "weights": Target("best.npz", _read_weights),
    "safetensors": Target("net.safetensors", _read_exported),
    "resume": Target("last.npz", _read_resumed),
    "npz": Target("data.npz", _read_data),
    "pickle": Target("data.pkl.gz", _read_data),
    "csv": Target("data.csv", _read_data),
    "rows": Target("test.csv", _read_rows),
    "parquet": Target("data.parquet", _read_data),
    "idx-images": Target(TRAIN_IMAGES, _read_idx, lambda: idx_parts(without=TRAIN_IMAGES)),
    "idx-labels": Target(TRAIN_LABELS, _read_idx, lambda: idx_parts(without=TRAIN_LABELS)),
    "emnist-images": Target(
        EMNIST_IMAGES, _read_emnist, lambda: emnist_parts(without=EMNIST_IMAGES)
    ),
    "emnist-labels": Target(
        EMNIST_LABELS, _read_emnist, lambda: emnist_parts(without=EMNIST_LABELS)
    ),
    "png": Target("picture.png", _read_picture),
    "picture": Target("picture", _read_picture),
    "heic": Target("photo.heic", _read_picture),
    "yaml": Target("config.yaml", lambda path: load_config(str(path))),
    "run": Target("run", _read_run, data_file, named=False),
    "sweep": Target("sweep", _read_sweep, data_file, named=False),
    "cache": Target("cache", _read_cache, data_file),
}


def prepare_folder(name: str, folder: Path) -> Path:
    """Write what lies beside a file of a format, and return where the file itself goes."""
    target = FORMATS[name]
    for other, content in target.beside().items():
        (folder / other).write_bytes(content)
    return folder / target.file


def answer(name: str, path: Path) -> str:
    """Read a file of a format; return what the user is told, nothing where it was read.

    Raises:
        UnclearError: the message is not one line that names the file.
        Exception: anything else that escapes is a fault of the reader.
    """
    with mock.patch.dict(os.environ, _SURROUNDINGS):
        try:
            FORMATS[name].read(path)
        except MlpError as error:
            return _checked(error, path, named=FORMATS[name].named)
    return ""


def _checked(error: MlpError, path: Path, *, named: bool) -> str:
    """Return a message that is clear."""
    for line in error.lines:
        if named and not line.isprintable():  # others hold paths, which the program escapes
            raise UnclearError(
                f"a line with characters that cannot be shown: {line!r:.300}"
            ) from error
        if named and not line.startswith((f"{path}:", f"{path.parent}:")):
            raise UnclearError(f"a line that does not name the file: {line!r:.300}") from error
        if named and len(line.replace(str(path), "")) > LONGEST:
            raise UnclearError(f"a line of {len(line)} characters: {line!r:.300}") from error
    return str(error)
