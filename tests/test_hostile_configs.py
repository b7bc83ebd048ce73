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
        ('"\\ud800": 1', "1:1: '\\ud800' must be text, got half a surrogate pair"),
        ('output: "\\udfff"', "1:9: output must be text, got half a surrogate pair"),
        ('training: {"\\e[31m": 1}', "1:12: training.'\\x1b[31m' is not a known key"),
        (
            'training: [{"\\e[31m": 1}]',
            "1:11: training must be a mapping of keys, got [{'\\x1b[31m': 1}]",
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
        ("#" * 70000, " a configuration is at most 65536 bytes, got more"),
    ],
)
def test_strangers_files(tmp_path: Path, text: str, message: str) -> None:
    """A hostile file is refused in no time, in at most a hundred lines without control characters."""
    path = tmp_path / "c.yaml"
    path.write_text(text)
    start = time.perf_counter()
    with pytest.raises(ConfigError, match=f"^{re.escape(f'{path}:{message}')}") as caught:
        load_config(str(path))
    assert time.perf_counter() - start < 5
    assert len(caught.value.problems) <= 101
    assert all(line.isprintable() and len(line) < 1000 for line in caught.value.problems)
