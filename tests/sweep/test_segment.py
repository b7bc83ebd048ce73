"""Segments of trials: trained in pieces and elsewhere, they give what one training gives."""

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from mlpcli.config import Config, load_config, with_absolute_paths
from mlpcli.datasets.selection import open_configured
from mlpcli.errors import CheckpointError
from mlpcli.runs.checkpoint import load_metadata
from mlpcli.runs.directory import Run
from mlpcli.sweep.segment import (
    Progress,
    Segment,
    WrongVersionError,
    read_files,
    train_apart,
    train_here,
)
from mlpcli.training.session import train
from mlpcli.utils.threads import available_threads
from tests.support.runs import EVERYTHING, write_config

if sys.platform != "win32":
    import resource


@pytest.fixture
def segment(tmp_path: Path, glyph_file: Path) -> Segment:
    """All of a training on printed digits."""
    config = with_absolute_paths(load_config(write_config(tmp_path, glyph_file, EVERYTHING)))
    fingerprint = open_configured(config.data).fingerprint
    return Segment(config, fingerprint, available_threads())


def digest(run: Run) -> str:
    """Return the digest of a run's best weights."""
    return load_metadata(run.best).metadata.weights_sha256


def expected(config: Config, out: Path) -> str:
    """Return the digest of the best weights of a training without interruption."""
    return digest(train(config, out=out))


def to_end(directory: Path, segment: Segment) -> tuple[Progress, int]:
    """Train segment by segment; return the last one, and how many there were."""
    count, progress = 1, train_here(directory, segment)
    while progress.result is None:
        count, progress = count + 1, train_here(directory, segment)
    return progress, count


def test_whole(segment: Segment, tmp_path: Path) -> None:
    """A trial in one segment has the weights of a training, and is tested."""
    progress = train_here(tmp_path / "trial", segment)
    assert progress.result
    assert ("done", 4) == (progress.result.state, len(progress.history))
    assert progress.result.test_accuracy is not None
    assert expected(segment.config, tmp_path / "run") == digest(Run(tmp_path / "trial"))


def test_dying_worker(segment: Segment, tmp_path: Path) -> None:
    """A trial whose worker was just killed goes on as soon as that process is gone."""
    run = Run(tmp_path / "trial")
    run.directory.mkdir()
    with ExitStack() as dying:
        dying.enter_context(run.locked())
        gone = Timer(0.5, dying.close)
        gone.start()
        progress = train_here(run.directory, segment)
        gone.join()
    assert progress.result
    assert "done" == progress.result.state


@pytest.mark.parametrize(("epochs", "seconds", "segments"), [(1, None, 4), (None, 0.0, 4 * 15)])
def test_pieces(
    segment: Segment, tmp_path: Path, epochs: int | None, seconds: float | None, segments: int
) -> None:
    """A trial in many segments, even of one step each, has the weights of a training."""
    _, count = to_end(tmp_path / "trial", replace(segment, epochs=epochs, seconds=seconds))
    assert segments == count
    assert expected(segment.config, tmp_path / "run") == digest(Run(tmp_path / "trial"))


def test_ended(segment: Segment, tmp_path: Path) -> None:
    """A trial that has ended is not trained again."""
    first = train_here(tmp_path / "trial", segment)
    before = (tmp_path / "trial" / "last.npz").stat().st_mtime_ns
    assert first == train_here(tmp_path / "trial", segment)
    assert before == (tmp_path / "trial" / "last.npz").stat().st_mtime_ns


def test_untested(segment: Segment, tmp_path: Path) -> None:
    """A trial that was killed between its last epoch and its test is tested."""
    run = train(segment.config, out=tmp_path / "trial")
    run.remove_result()
    result = train_here(run.directory, segment).result
    assert result
    tested = train_here(tmp_path / "other", segment).result
    assert tested
    assert tested.test_accuracy == result.test_accuracy


def test_apart(segment: Segment, tmp_path: Path) -> None:
    """On a machine that sees no directory of the client, the files of a run come and go."""
    files: dict[str, bytes] = {}
    limited, count = replace(segment, epochs=2), 0
    while "result.json" not in files:
        count += 1
        progress = train_apart(files, limited, None)
        assert progress
        files = dict(progress.files)
    run = Run(tmp_path / "back")
    run.directory.mkdir()
    for name, content in files.items():
        (run.directory / name).write_bytes(content)
    assert 2 == count
    assert expected(segment.config, tmp_path / "run") == digest(run)
    assert files == read_files(run)


def test_other_data(segment: Segment) -> None:
    """A machine whose data of that name are others has to be sent them."""
    assert train_apart({}, replace(segment, fingerprint="another"), None) is None


def test_no_data(segment: Segment) -> None:
    """A machine without the data has to be sent them, and trains with what is sent."""
    data = segment.config.data.model_copy(update={"path": "/nowhere.npz"})
    elsewhere = replace(segment, config=segment.config.model_copy(update={"data": data}))
    assert train_apart({}, elsewhere, None) is None
    progress = train_apart({}, elsewhere, open_configured(segment.config.data))
    assert progress
    assert progress.result
    assert "done" == progress.result.state


def test_other_version(segment: Segment) -> None:
    """A machine with another version of the program trains nothing."""
    with pytest.raises(WrongVersionError):
        train_apart({}, replace(segment, version="0.0.1"), None)


def test_diverging(segment: Segment, tmp_path: Path) -> None:
    """A trial whose loss is not finite has failed, and its result says why."""
    optimizer = segment.config.training.optimizer.model_copy(update={"learning_rate": 1e30})
    training = segment.config.training.model_copy(update={"optimizer": optimizer})
    config = segment.config.model_copy(update={"training": training})
    result = train_here(tmp_path / "trial", replace(segment, config=config)).result
    assert result
    assert "failed" == result.state
    assert "finite" in str(result.reason)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_full_disk(segment: Segment, tmp_path: Path) -> None:
    """A trial whose disk is full has not failed: it goes on once there is room."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
    try:
        with pytest.raises(CheckpointError, match="cannot be written"):
            train_here(tmp_path / "trial", segment)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    result = train_here(tmp_path / "trial", segment).result
    assert result
    assert "done" == result.state
