"""What is asked of runs."""

from pathlib import Path

import pytest

from mlpcli.errors import ConfigError
from mlpcli.runs.columns import read_entry
from mlpcli.runs.conditions import parse_condition
from tests.support.listed import begun, ended


@pytest.mark.parametrize(
    "text",
    [
        *("state=done", " name = one ", "state!=failed", "data=mnist", "data.name=mnist"),
        *("test_accuracy>=0.875", "test>=87.5%", "test=87.5 %", "test<88%", "seconds>2"),
        *("epochs=4", "epochs<=4.0", "seed=0", "seed!=false", "seed!='0'", "threads=auto"),
        *("layers=784-256-128-10", "layers=[784, 256, 128, 10]", "lr=2e-1", "batch_norm=true"),
        *("when>2026-11-26", "when<2026-11-29T00:00", "when=2026-11-27T18:01:33+01:00"),
        *("validation_loss=null", "early_stopping=", "training.optimizer.betas=null"),
        *("activation>=gelu", "model.layers=[784,256,128,10]", "reason=null", "name!=a=b"),
    ],
)
def test_true(tmp_path: Path, text: str) -> None:
    """Columns and keys are compared as numbers, texts, times or lists, in full or in short."""
    assert parse_condition(text).holds(read_entry("one", ended(tmp_path / "one")))


@pytest.mark.parametrize(
    "text",
    [
        *("state=failed", "test>0.875", "validation_loss<1", "validation_loss>=0", "seed=false"),
        *("seconds<three", "layers<[1000]", "batch_norm>0", "threads>1", "when<2026-11-26"),
        *("training.optimizer.betas=[0.9]", "state!=done", "activation<gelu", "test>=1"),
        *("test>100%", "training.optimizer.learning_rate>97.1"),
    ],
)
def test_false(tmp_path: Path, text: str) -> None:
    """What a run does not have, or has of another kind, has no order."""
    assert not parse_condition(text).holds(read_entry("one", ended(tmp_path / "one")))


@pytest.mark.parametrize("text", ["seed=null", "seed!=0", "state=broken", "epochs!=4"])
def test_broken(tmp_path: Path, text: str) -> None:
    """A run that cannot be read has a name and a state only."""
    (begun(tmp_path / "one") / "config.yaml").unlink()
    assert parse_condition(text).holds(read_entry("one", tmp_path / "one"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "state",
            "--where state: must be KEY=VALUE, e.g. state=done or test_accuracy>=98%",
        ),
        (
            "training.optimiser.name=sgd",
            "--where: must be a column or a key, got 'training.optimiser.name'; did you mean "
            "training.optimizer.name?",
        ),
        ("tset_accuracy>1", "got 'tset_accuracy'; did you mean test_accuracy?"),
        ("x\x1b=1", r"got 'x\\x1b'; columns: name, directory, state, "),
        ("seed=[1", "--where seed:1:3: not valid YAML, "),
        ("seed=!!python/none", "--where seed: must be a plain value, got the tag"),
        (
            "when>yesterday",
            "--where when: must be a date or a time, e.g. 2026-11-27 or 2026-11-27T17:00, "
            "got 'yesterday'",
        ),
        ("when>0001-01-01T00:00", "--where when: must be a date"),
        (
            "val>97.1",
            "--where validation_accuracy: must be a share from 0 to 1, got 97.1; write 97.1%",
        ),
        ("test_accuracy<=98", "got 98; write 98%"),
        ("test=980", "got 980; write it as 0.98 or 98%"),
        (
            "state=don",
            "--where state: must be one of done, running, interrupted, pruned, failed, broken, "
            "got 'don'; did you mean done?",
        ),
        ("state!=3", "failed, broken, got '3'"),
    ],
)
def test_refused(text: str, message: str) -> None:
    """A condition of another form gives one line, with the nearest column or key."""
    with pytest.raises(ConfigError) as caught:
        parse_condition(text)
    assert message in str(caught.value)
