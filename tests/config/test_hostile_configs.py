"""Configurations from strangers: time is bounded, and lines say what is wrong."""

import re
import time
from pathlib import Path

import pytest

from mlpcli.config import load_config
from mlpcli.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "!!python/object:os.system {}",
            "1:1: the file must be a plain value, got the tag tag:yaml",
        ),
        (f"seed: !{'t' * 5000} 5", f"1:7: seed must be a plain value, got the tag !{'t' * 99}"),
        ("seed: !a%1B%0Ab 5", "1:7: seed must be a plain value, got the tag !a\\x1b"),
        (f"*{'a' * 5000}", f"1:1: not valid YAML, found undefined alias '{'a' * 77}"),
        ('"\\ud800": 1', "1:1: '\\ud800' must be text, got an unpaired surrogate"),
        ('output: "\\udfff"', "1:9: output must be text, got an unpaired surrogate"),
        ('training: {"\\e[31m": 1}', "1:12: training.'\\x1b[31m' is not a known key"),
        (
            'training: [{"\\e[31m": 1}]',
            "1:11: training must be a mapping of keys such as {epochs: 20}, got [{'\\x1b[31m': 1}]",
        ),
        (f"? {'k' * 5000}\n: 1", f"1:3: {'k' * 57}... is not a known key"),
        ("{" + "a: 1, " * 5000 + "}", "1:2: a is not a known key"),
        ("a: [" + "1, " * 20000 + "]", "1:29999: a holds too many values"),
        ("a: " + "[" * 60000, " not a configuration, nested too deeply"),
        (
            "a0: &a0 [1]\n"
            + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30)),
            "4:5: a11 holds too many values",
        ),
        (
            f"%YAML 1.{'9' * 5000}\n---\nseed: 1",
            "1:9: not valid YAML, got a number that is too large",
        ),
        (
            f"%YAML {'9' * 5000}.1\n---\nseed: 1",
            "1:7: not valid YAML, got a number that is too large",
        ),
        ('output: "\\UFFFFFFFF"', "1:12: not valid YAML, got a number that is too large"),
        ('"a\\U00110000": 1', "1:5: not valid YAML, got a number that is too large"),
        ("seed: 1\nmodel: {layers: !<%ff> 1}", "2:19: not valid YAML, 'utf-8' codec can't decode"),
        ("seed: [!x 1]", "1:7: seed must be an integer >= 0 and < 9223372036854775808, got […]"),
        ("".join(f"k{n}: 1\n" for n in range(6000)), "1:1: k0 is not a known key"),
        ("training:\n  optimizer:\n" + "".join(f"    k{n}: 1\n" for n in range(5000)), "3:5: "),
        ("{a: " * 16000, " not a configuration, nested too deeply"),
        ("- " * 32000, " not a configuration, nested too deeply"),
        ("? " * 32000, " not a configuration, nested too deeply"),
        ("".join(" " * n + "a:\n" for n in range(350)), " not a configuration, nested too deeply"),
        (" " * 65000 + "a: 1", "1:65001: a is not a known key"),
        (f"{'a' * 65000}: 1", "1:65001: not valid YAML, mapping values are not allowed here"),
        ("a" + ".a" * 500 + ": 1", f"1:1: 'a{'.a' * 27}.... is not a known key"),
        ("seed: " + "a " * 32000, f"1:7: seed must be an integer >= 0 and < {2**63}, got 'a a"),
        ("seed: " + "9" * 65000, f"1:7: seed must be an integer >= 0 and < {2**63}, got '999"),
        ('seed: "' + "\\x41" * 16000 + '"', "1:7: seed must be an integer"),
        ("a: [" + ",".join(f"&a{n} 1" for n in range(7000)) + "]", "1:1: a is not a known key"),
        ("a: &x 1\nb: [" + "*x," * 20000 + "]", "1:4: b holds too many values"),
        ("---\n" * 16000, "2:1: not valid YAML, but found another document"),
        ("#" * 70000, " a configuration is at most 65536 bytes, got more"),
    ],
)
def test_strangers_files(tmp_path: Path, text: str, message: str) -> None:
    """A hostile file is refused in no time, in at most a hundred lines without control characters."""
    path = tmp_path / "c.yaml"
    path.write_text(text)
    start = time.process_time()
    with pytest.raises(ConfigError, match=f"^{re.escape(f'{path}:{message}')}") as caught:
        load_config(str(path))
    assert time.process_time() - start < 5
    assert len(caught.value.lines) <= 101
    assert all(line.isprintable() and len(line) < 1000 for line in caught.value.lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"seed=%YAML 1.{'9' * 5000}\n--- 1", "seed:1:9: not valid YAML, got a number that is too"),
        ('output="\\UFFFFFFFF"', "output:1:4: not valid YAML, got a number that is too large"),
        ("out\udcff=1", "'out\\udcff': must be text, got an unpaired surrogate"),
        ("output=\udcff", "output:1:1: not valid YAML, got the character '\\udcff'"),
        (f"seed={' ' * 70000}1", "seed: a value has at most 65536 characters, got 70001"),
        ("." * 5000 + "=1", f"{'.' * 100}: must be KEY=VALUE, e.g. training.epochs=5"),
        ("a" * 5000, f"{'a' * 100}: must be KEY=VALUE, e.g. training.epochs=5"),
        ("training" + ".epochs" * 9000 + "=1", "training: nested too deeply"),
        ("seed=" + "[" * 60000, "seed: not a configuration, nested too deeply"),
        ("data={" + "".join(f"k{n}: 1, " for n in range(5000)) + "}", "data.k0: not a known key"),
        ('output="\\U00110000"', "output:1:4: not valid YAML, got a number that is too large"),
        ("seed={a: !x 1}", "seed: must be an integer >= 0 and < 9223372036854775808, got {a: …}"),
    ],
)
def test_strangers_values(text: str, message: str) -> None:
    """A hostile --set is refused in one line that can be printed, like a hostile file."""
    with pytest.raises(ConfigError, match=f"^{re.escape(f'--set {message}')}") as caught:
        load_config("mnist", [text])
    assert all(line.isprintable() and len(line) < 1000 for line in caught.value.lines)


def test_many_values() -> None:
    """Thousands of --set are read in a moment, although each may replace those before it."""
    start = time.perf_counter()
    with pytest.raises(ConfigError, match=r"^--set a0: not a known key"):
        load_config("mnist", [f"a{number}.b.c.d=1" for number in range(3000)])
    assert time.perf_counter() - start < 5
