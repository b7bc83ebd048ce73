"""`mlp runs`."""

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from mlpcli.runs.columns import COLUMNS
from mlpcli.utils.locking import locked
from tests.conftest import Mlp
from tests.support.listed import begun, ended


def records(mlp: Mlp, *options: str | Path) -> dict[str, dict[str, object]]:
    """Return what --json prints, by name."""
    result = mlp("runs", *options, "--json")
    assert 0 == result.exit_code, result.output
    return {entry["name"]: entry for entry in map(json.loads, result.stdout.splitlines())}


def test_trained(mlp: Mlp, config_file: Path) -> None:
    """A training's run is listed with what it printed and how many epochs it did."""
    printed = json.loads(mlp("train", config_file, "--json", "--epochs", "2").stdout)
    (record,) = records(mlp).values()
    same = ("data", "epoch", "epochs", "seconds", "validation_accuracy", "test_accuracy")
    assert [printed[name] for name in same] == [record[name] for name in same]
    assert ("small", "runs/small", "done", 2) == tuple(
        record[name] for name in ("name", "directory", "state", "planned")
    )
    assert [*COLUMNS, "config"] == [*record]
    table = mlp("runs").stdout.splitlines()
    assert 80 >= max(map(len, table))
    assert ["name", "small"] == [line.split()[0] for line in table]
    assert f"{100 * printed['test_accuracy']:.2f}" in table[1]


def test_table(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table has a line for each run, the newest last."""
    year = datetime.now(UTC).year
    monkeypatch.setenv("COLUMNS", "200")
    noon = f"{year}-02-03T12:00:00+00:00"
    ended(Path("runs/fast"), ended=noon, seconds=12345.6)
    ended(
        Path("runs/small-wide-2"),
        ["model.layers=[784, 10]", "model.batch_norm=false"],
        ended="1999-02-03T12:00:00Z",
    )
    ended(Path("runs/mixed"), state="failed", data="/home/me/a.npz", test_accuracy=None)
    begun(Path("runs/busy"), epochs=3)
    os.utime("runs/busy/log.jsonl", (0, 0))
    with locked(Path("runs/busy/.lock")):
        lines = mlp("runs").stdout.splitlines()
    when = datetime.fromisoformat(noon).astimezone().strftime("%m-%d %H:%M")
    state = f"running ({os.getpid()})"
    header = "name data layers epochs val % test % seconds when state"
    assert header.split() == lines[0].split()
    cells = {line.split()[0]: line.split() for line in lines[1:]}
    assert ["busy", "small-wide-2", "fast", "mixed"] == [*cells][:2] + sorted([*cells][2:])
    assert cells["busy"][1:] == f"mnist 784-256-128-10 3/4 90.00 – 4.5 1970-01-01 {state}".split()
    assert cells["small-wide-2"][2:8] == ["784-10", "4/4", "90.00", "87.50", "2.5", "1999-02-03"]
    assert cells["fast"][6:] == f"12,346 {when} done".split()
    assert cells["mixed"][1] == "a.npz"
    assert cells["mixed"][-1] == "failed"


def test_same_for_all(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the table would be too wide, what is the same for all runs is said once, on stderr."""
    monkeypatch.setenv("COLUMNS", "70")
    for n in range(2):
        ended(Path(f"runs/a-name-of-some-length-{n}"))
    result = mlp("runs")
    assert "data" not in result.stdout
    assert "note: all have data mnist, layers 784-256-128-10\n" == result.stderr
    assert 70 >= max(map(len, result.stdout.splitlines()))
    for n in range(2):
        ended(Path(f"other/a-name-of-some-length-{n}"), seconds=n, validation_accuracy=None)
    result = mlp("runs", "other")
    assert result.stderr.endswith("note: none has a validation_accuracy\n")
    assert "val %" not in result.stdout
    monkeypatch.setenv("COLUMNS", "200")
    result = mlp("runs")
    assert ("", 2) == (result.stderr, result.stdout.count("  784-256-128-10  "))


def test_sweep(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys that vary in a sweep are in its table, with four digits, and are left out last."""
    for n in range(3):
        keys = ["seed", "training.optimizer.learning_rate", "training.optimizer.momentum"]
        ended(Path(f"s/trial-{n:04}"), [f"{key}={n / 7 if n else 0.5}" for key in keys[1:]])
    Path("s/sweep.yaml").touch()
    monkeypatch.setenv("COLUMNS", "90")
    result = mlp("runs", "s")
    header = "name learning_rate momentum epochs val % test % seconds when state"
    assert header.split() == result.stdout.splitlines()[0].split()
    assert "trial-0002         0.2857    0.2857" in result.stdout
    left = "when", "seconds", "epochs", "state", "training.optimizer.momentum"
    for width, count in ((75, 1), (66, 2), (52, 4), (45, 5)):
        monkeypatch.setenv("COLUMNS", str(width))
        result = mlp("runs", "s")
        said = f"note: no room for {', '.join(left[:count])}; --columns shows what you name\n"
        assert result.stderr.endswith(said)
        assert ("momentum" in result.stdout) is (count < 5)
        assert "trial-0002         0.2857" in result.stdout


def test_choice(mlp: Mlp) -> None:
    """Runs are chosen, sorted and shown by columns and keys, in full or in short."""
    for n in range(4):
        ended(Path(f"runs/r{n}"), [f"seed={n}"], test_accuracy=0.5 + n % 2 / 10)
    columns = ("--columns", "name, test_accuracy,seed,training.optimizer.learning_rate")
    shown = mlp("runs", *columns, "--where", "seed>=1", "--where", "name!=r2", "--sort", "-test")
    assert shown.stdout == (
        "name  test %  seed  learning_rate\n"
        "r1     60.00     1            0.2\n"
        "r3     60.00     3            0.2\n"
    )
    assert ["r0", "r2", "r1", "r3"] == [*records(mlp, "--sort", "test")]
    assert ["r3", "r2", "r1", "r0"] == [*records(mlp, "--sort", "-name")]
    assert ["r3", "r2", "r1", "r0"] == [*records(mlp, "--sort", "name", "--reverse")]
    assert {"name": "r1", "seed": 1} == records(mlp, "--columns", "name,seed")["r1"]


def test_csv(mlp: Mlp) -> None:
    """--csv prints all columns of a run but its configuration, or those that are asked for."""
    ended(Path("runs/one"))
    begun(Path("runs/two"), epochs=1)
    one, two = csv.DictReader(io.StringIO(mlp("runs", "--csv", "--sort", "name").stdout))
    assert [*COLUMNS] == [*one]
    assert ("784-256-128-10", "0.875", "2026-11-27T17:01:33Z") == (
        one["layers"],
        one["test_accuracy"],
        one["when"],
    )
    assert ("interrupted", "") == (two["state"], two["test_accuracy"])
    columns = ("--columns", "seed,batch_norm,model.layers")
    result = mlp("runs", "runs/one", "--csv", *columns)
    assert 'seed,model.batch_norm,model.layers\n0,true,"[784, 256, 128, 10]"\n' == result.stdout


def test_csv_of_sweep(mlp: Mlp) -> None:
    """--csv of a sweep has the keys that vary as well, by their full names and in full."""
    for n in range(2):
        settings = [f"training.optimizer.learning_rate={(n + 1) / 7}", f"output=o{n}"]
        ended(Path(f"s/trial-{n:04}"), [*settings, f"training.epochs={n + 2}"])
    Path("s/sweep.yaml").touch()
    one, two = csv.DictReader(io.StringIO(mlp("runs", "s", "--csv", "--sort", "name").stdout))
    keys = ["training.epochs", "training.optimizer.learning_rate"]
    assert sorted([*COLUMNS, *keys]) == sorted(one)
    assert [("2", str(1 / 7)), ("3", str(2 / 7))] == [
        tuple(each[key] for key in keys) for each in (one, two)
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 0, "no runs in runs yet; to begin one: mlp train mnist\n"),
        (("--json",), 0, "no runs in runs yet; to begin one: mlp train mnist\n"),
        (("empty",), 0, "no runs in empty yet; to begin one: mlp train mnist\n"),
        (("mine", "--where", "seed=9"), 0, "none of the 1 runs in mine is as --where says\n"),
        ((".",), 0, "no runs in . itself; did you mean mine?\n"),
        (("nowhere",), 1, "nowhere: no such folder; runs are where output or --out put them\n"),
        (
            ("--sort", "lerning_rate"),
            2,
            "--sort: must be a column or a key, got 'lerning_rate'; did you mean "
            "training.optimizer.learning_rate?\n",
        ),
        (
            ("--columns", "name,stat"),
            2,
            "--columns: must be a column or a key, got 'stat'; did you mean state?\n",
        ),
        (("--csv", "--json"), 2, "give one of --json and --csv"),
    ],
)
def test_messages(mlp: Mlp, arguments: tuple[str, ...], code: int, message: str) -> None:
    """Where there is nothing to list, or nothing of that name, a line says what to do."""
    Path("empty").mkdir()
    ended(Path("mine/run"))
    result = mlp("runs", *arguments)
    assert (code, "") == (result.exit_code, result.stdout)
    assert message in result.stderr


def test_broken(mlp: Mlp) -> None:
    """A run that cannot be read is listed as broken, with what is wrong on stderr."""
    ended(Path("runs/good"))
    (begun(Path("runs/bad")) / "config.yaml").write_text("sead: 1\n")
    result = mlp("runs")
    assert 0 == result.exit_code
    assert result.stderr.startswith("warning: runs/bad/config.yaml:1:1: sead is not a known key")
    bad = result.stdout.splitlines()[-1].split()
    assert ["bad", *"–––––––", "broken"] == bad
    record = records(mlp)["bad"]
    assert result.stderr == f"warning: {record['reason']}\n"
    assert (None, None) == (record["config"], record["test_accuracy"])


def test_names_of_strangers(mlp: Mlp) -> None:
    """Characters that a terminal would obey are escaped, wherever they come from."""
    ended(Path("runs/a\x1b[31m"), data="b\x1b]0;x\x07", state="failed", reason="c\nd")
    result = mlp("runs", "--columns", "name,data,reason")
    assert r"a\x1b[31m  b\x1b]0;x\x07  c\nd" == result.stdout.splitlines()[1]
    assert "\x1b" not in mlp("runs", "--csv").stdout + mlp("runs", "--json").stdout


@pytest.mark.parametrize("name", ["result.json", "log.jsonl", "config.yaml"])
def test_damaged_files(mlp: Mlp, name: str) -> None:
    """However a small file of a run is damaged, it gives a line and never ends the listing."""
    random = Random(0)  # noqa: S311  # the same each time
    (ended if name == "result.json" else begun)(Path("runs/original"))
    if name == "log.jsonl":
        begun(Path("runs/longer"), epochs=2)
        Path("runs/longer/log.jsonl").rename("runs/original/log.jsonl")
        Path("runs/longer/log.jsonl").touch()
    content = Path("runs/original", name).read_bytes()
    for n in range(60):
        directory = (ended if name == "result.json" else begun)(Path(f"runs/damaged-{n}"))
        (directory / name).write_bytes(damaged(content, random))
    for text in SPECIAL:
        directory = (ended if name == "result.json" else begun)(Path(f"runs/special-{text[:9]!a}"))
        (directory / name).write_bytes(text.encode())
    for options in ((), ("--json",), ("--csv",), ("--sort", "seed", "--where", "epochs>=0")):
        result = mlp("runs", *options)
        assert 0 == result.exit_code, result.exception
        assert all(
            line.startswith(("warning: runs/", "note: ")) for line in result.stderr.splitlines()
        )
    listed = len(mlp("runs", "--json").stdout.splitlines())
    assert len([*Path("runs").iterdir()]) == listed


SPECIAL = ("", "null", "[]", "[" * 100_000, "{}", '{"config": {}}', "9" * 5000, "\ufeff{}")


def damaged(content: bytes, random: Random) -> bytes:
    """Return a file of which a part is lost, doubled or replaced."""
    start, end = sorted(random.randrange(len(content) + 1) for _ in range(2))
    end = min(end, start + random.choice([1, 4, 1000]))
    middle = random.choice(
        [
            b"",
            content[start:end] * 2,
            b"NaN",
            b"1e999",
            b"-1",
            b"\x00",
            b"\xff",
            b"null",
            b"{",
            b"9" * 400,
        ]
    )
    return content[:start] + middle + content[end:]
