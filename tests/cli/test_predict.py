"""`mlp predict` as people use it: many pictures, several digits, drawings of what was seen."""

import json
import os
import pty
import shutil
import subprocess
import sys
import termios
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.cli import sources
from mlpcli.datasets import Dataset
from mlpcli.images import preprocess, read_picture
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.tta import copies
from tests.conftest import Mlp
from tests.support.glyphs import draw_digit, write_digits, write_inputs
from tests.support.processes import imported, start

CODES = {
    "blank",
    "several-digits",
    "not-a-digit",
    "small-picture",
    "low-confidence",
    "small-margin",
}


def two_digits(left: int, right: int) -> Image.Image:
    """Draw two digits side by side."""
    picture = Image.new("L", (200, 100))
    picture.paste(draw_digit(left, size=100), (0, 0))
    picture.paste(draw_digit(right, size=100), (100, 0))
    return picture


def test_many(mlp: Mlp, tmp_path: Path) -> None:
    """--many reads each of several digits from left to right, in text and in JSON."""
    two_digits(4, 2).save(tmp_path / "two.png")
    result = mlp("predict", "two.png", "--many")
    assert result.stdout.startswith("two.png: 42  (4 ")
    assert "warning" not in result.stderr
    record = json.loads(mlp("predict", "two.png", "--many", "--json").stdout)
    assert {"image", "text", "lines", "digits", "warnings"} == set(record)
    assert ("42", [4, 2]) == (record["text"], [digit["label"] for digit in record["digits"]])
    fields = {"label", "class", "probability", "probabilities", "box", "warnings"}
    assert fields == set(record["digits"][0]) - {"not_a_digit"}


def write_page(file: Path, rows: int, columns: int) -> None:
    """Write rows of printed threes, eights and noughts, dark on light."""
    picture = Image.new("L", (100 * columns, 100 * rows))
    for row in range(rows):
        for column in range(columns):
            digit = draw_digit((3, 8, 0)[(row + column) % 3], size=100)
            picture.paste(digit, (100 * column, 100 * row))
    Image.eval(picture, lambda grey: 255 - grey).save(file)


def test_page(mlp: Mlp, tmp_path: Path) -> None:
    """A page has an output line for each of its lines, numbered, with the least sure digit."""
    write_page(tmp_path / "page.png", 3, 4)
    lines = mlp("predict", "page.png", "--many").stdout.splitlines()
    assert ["page.png:1: 3803", "page.png:2: 8038", "page.png:3: 0380"] == [
        line.partition("  (least sure: ")[0] for line in lines
    ]
    assert all(line.endswith(" %)") for line in lines)


def test_page_as_json(mlp: Mlp, tmp_path: Path) -> None:
    """In JSON a page has its text, its lines, and a box for each digit."""
    write_page(tmp_path / "page.png", 2, 3)
    record = json.loads(mlp("predict", "page.png", "--many", "--json").stdout)
    assert ("380\n803", ["380", "803"]) == (record["text"], record["lines"])
    assert [3, 8, 0, 8, 0, 3] == [digit["label"] for digit in record["digits"]]
    assert {"x", "y", "width", "height"} == set(record["digits"][0]["box"])
    assert [0, 1, 2] * 2 == [digit["box"]["x"] // 100 for digit in record["digits"]]
    two_digits(4, 2).save(tmp_path / "two.png")
    each = json.loads(mlp("predict", "two.png", "--many", "--json").stdout)["digits"]
    one = json.loads(mlp("predict", "two.png", "--json").stdout)
    assert one["box"] in [digit["box"] for digit in each]


def test_show_page(mlp: Mlp, tmp_path: Path) -> None:
    """--show draws each line of a page in 80 columns above what was read, and few digits alone."""
    write_page(tmp_path / "page.png", 2, 8)
    lines = mlp("predict", "page.png", "--many", "--show").stdout.splitlines()[2:]
    assert max(map(len, lines)) <= 80
    names = ["".join(line.split()) for line in lines]
    assert ["38038038", "80380380"] == [name for name in names if name.isdigit()]
    assert set("".join(names)) <= set("▀▄█0123456789")
    write_page(tmp_path / "few.png", 2, 2)
    few = mlp("predict", "few.png", "--many", "--show").stdout.splitlines()
    assert 4 == sum(line.startswith("┌") for line in few)


def test_boxes_on_the_picture(mlp: Mlp, tmp_path: Path) -> None:
    """With --many, --show-steps also writes the picture with a box around each digit."""
    write_page(tmp_path / "page.png", 2, 3)
    assert 0 == mlp("predict", "page.png", "--many", "--show-steps", "steps").exit_code
    record = json.loads(mlp("predict", "page.png", "--many", "--json").stdout)
    shown = np.asarray(Image.open(tmp_path / "steps" / "page-10-boxes.png")).astype(int)
    assert (200, 300, 3) == shown.shape
    for digit in record["digits"]:
        box = digit["box"]
        row = shown[box["y"] - 1, box["x"] : box["x"] + box["width"]]
        assert (row[:, 0] - row[:, 1] > 100).all()


def test_several_digits(mlp: Mlp, tmp_path: Path) -> None:
    """Without --many several digits are counted in a warning, and the largest is read."""
    two_digits(4, 2).save(tmp_path / "two.png")
    result = mlp("predict", "two.png")
    assert result.stdout.startswith("two.png: 4 ")
    assert "two.png: warning: 2 digits seen, the largest is read; --many" in result.stderr
    record = json.loads(mlp("predict", "two.png", "--json").stdout)
    assert ["several-digits"] == record["warnings"]


def test_blank(mlp: Mlp, tmp_path: Path) -> None:
    """A blank picture gets no digit, a warning, and in JSON probabilities that favour none."""
    Image.new("L", (60, 60), 250).save(tmp_path / "blank.png")
    result = mlp("predict", "blank.png")
    assert "blank.png: –\n" == result.stdout
    assert "blank.png: warning: no ink found" in result.stderr
    record = json.loads(mlp("predict", "blank.png", "--json").stdout)
    assert ["blank"] == record["warnings"]
    assert pytest.approx([0.1] * 10) == record["probabilities"]
    record = json.loads(mlp("predict", "blank.png", "--many", "--json").stdout)
    assert ("", [], ["blank"]) == (record["text"], record["digits"], record["warnings"])


@pytest.mark.parametrize("size", [28, 200])
def test_noise(mlp: Mlp, tmp_path: Path, size: int) -> None:
    """A prediction for a picture of noise comes with a warning."""
    noise = np.random.default_rng(3).integers(0, 256, (size, size)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    record = json.loads(mlp("predict", "noise.png", "--json").stdout)
    assert record["warnings"]
    assert set(record["warnings"]) <= CODES


def test_clear_digits(mlp: Mlp, tmp_path: Path) -> None:
    """Clear digits of any place and size are read without a warning."""
    for digit in (0, 2, 3, 5, 8):
        draw_digit(digit, size=300, at=0.4).save(tmp_path / f"{digit}.png")
    names = [f"{digit}.png" for digit in (0, 2, 3, 5, 8)]
    records = [json.loads(line) for line in mlp("predict", *names, "--json").stdout.splitlines()]
    assert [0, 2, 3, 5, 8] == [record["label"] for record in records]
    assert [[]] * 5 == [record["warnings"] for record in records]


def test_patterns_and_lists(mlp: Mlp, tmp_path: Path) -> None:
    """A quoted pattern means the files that match, and --from-list those named on stdin."""
    write_digits(tmp_path / "d", "3.png", "6.png", "8.jpg")
    result = mlp("predict", "d/*.png", "--json")
    assert ["d/3.png", "d/6.png"] == [
        json.loads(line)["image"] for line in result.stdout.split("\n")[:2]
    ]
    listed = mlp("predict", "-", "--from-list", stdin=b"d/8.jpg\n\nd/3.png\r\n")
    assert ["d/8.jpg", "d/3.png"] == [line.partition(":")[0] for line in listed.stdout.splitlines()]


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="the system does not name descriptors")
def test_pipes(mlp: Mlp, tmp_path: Path) -> None:
    """A process substitution, <(command), is read, but no named pipe."""
    ends = [os.pipe(), os.pipe()]
    places = [f"/dev/fd/{reading}" for reading, _ in ends]
    for (_, writing), digit in zip(ends, (3, 8), strict=True):
        with open(writing, "wb") as pipe:  # noqa: PTH123  # a descriptor
            draw_digit(digit, size=60).save(pipe, "PNG")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to(places[0])
    listed = mlp("predict", "-", "--from-list", stdin=places[0].encode())
    result = mlp("predict", "pipe.png", "link.png", *places)
    for reading, _ in ends:
        os.close(reading)
    assert [f"{places[0]}: 3", f"{places[1]}: 8"] == [
        line.partition("  ")[0] for line in result.stdout.splitlines()
    ]
    refused = "cannot be read, must be a file, got a pipe"
    assert [f"{name}: {refused}" for name in ("pipe.png", "link.png")] == [
        line for line in result.stderr.splitlines() if "cannot be read" in line
    ]
    assert (1, "") == (listed.exit_code, listed.stdout)
    assert f"{places[0]}: {refused}" in listed.stderr


def test_endless_standard_input(mlp: Mlp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is read up to a limit, and the other pictures are predicted."""
    monkeypatch.setattr(sources, "MAX_PIPED", 1 << 20)
    write_digits(tmp_path, "3.png")
    result = mlp("predict", "-", "3.png", stdin=bytes((1 << 20) + 1))
    assert (1, True) == (result.exit_code, result.stdout.startswith("3.png: 3"))
    assert "-: a picture from a pipe must have at most 1048576 bytes, got more" in result.stderr


def test_pattern_without_files(mlp: Mlp) -> None:
    """A pattern that matches nothing is reported by its name."""
    result = mlp("predict", "none-*.png")
    assert (1, "none-*.png: no picture matches\n") == (
        result.exit_code,
        result.stderr.split("digits\n")[-1],
    )


def test_a_name_that_looks_like_a_pattern(mlp: Mlp, tmp_path: Path) -> None:
    """A file whose name has brackets is found by its name."""
    write_digits(tmp_path, "3.png")
    (tmp_path / "3.png").rename(tmp_path / "[3].png")
    assert mlp("predict", "[3].png").stdout.startswith("[3].png: 3")


def test_one_bad_file(mlp: Mlp, tmp_path: Path) -> None:
    """A bad file among many is reported in its turn, the rest are predicted, and the exit code is 1."""
    write_digits(tmp_path / "d", *(f"3-{index:03}.png" for index in range(70)))
    (tmp_path / "d" / "3-010.png").write_bytes(b"no picture")
    result = mlp("predict", "d", "--json")
    assert (1, 69) == (result.exit_code, len(result.stdout.splitlines()))
    assert "3-010.png: not a picture that can be read" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--show", "--json"], "--show draws, --json prints data: give one of them"),
        (["--from-list"], "--from-list takes the names from standard input: give - as IMAGE"),
    ],
)
def test_options_that_do_not_go_together(mlp: Mlp, options: list[str], message: str) -> None:
    """Options that contradict each other are a usage error."""
    result = mlp("predict", "x.png", *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_show(mlp: Mlp, tmp_path: Path) -> None:
    """--show draws the 28×28 pixels in a frame beside a bar for each class, in 80 columns."""
    draw_digit(3, size=200).save(tmp_path / "three.png")
    lines = mlp("predict", "three.png", "--show").stdout.splitlines()
    image = preprocess(read_picture(tmp_path / "three.png", "")).images[0]
    assert 1 + 14 + 2 == len(lines)
    assert max(map(len, lines)) < 80
    inside = [line[1:29] for line in lines[2:-1]]
    lit = np.array([[" ▀▄█".index(mark) for mark in line] for line in inside])
    rows = np.stack([lit & 1, lit >> 1], axis=1).reshape(28, 28)
    np.testing.assert_array_equal(image > 0.25 * image.max(), rows.astype(bool))
    bars = [line[30:].split() for line in lines[4:14]]
    assert [str(label) for label in range(10)] == [bar[0] for bar in bars]
    assert "3" == max(bars, key=lambda bar: float(bar[1]))[0]
    assert bars[3][3].startswith("██████████")


def test_show_steps(mlp: Mlp, tmp_path: Path) -> None:
    """--show-steps writes a PNG of each step, the last being what the network saw."""
    Image.eval(draw_digit(3, size=200), lambda grey: 255 - grey).save(tmp_path / "three.png")
    assert 0 == mlp("predict", "three.png", "--show-steps", "steps").exit_code
    names = [path.name for path in sorted((tmp_path / "steps").iterdir())]
    steps = (
        "picture polarity flatten threshold remove_lines main_digit fit_strokes fit_box full_ink"
    )
    expected = [
        f"three-{index:02}-{step}.png" for index, step in enumerate([*steps.split(), "centre"])
    ]
    assert expected == names
    seen = preprocess(read_picture(tmp_path / "three.png", "")).images[0]
    np.testing.assert_array_equal(seen, np.asarray(Image.open(tmp_path / "steps" / names[-1])))


def test_tta(glyphs: Dataset) -> None:
    """The prediction is the mean of the probabilities of seven views."""
    classifier = Classifier.load([BUNDLED])
    images = glyphs.test.images[:20]
    each = [np.exp(classifier.log_probabilities(view)) for view in copies(images)]
    together = np.exp(classifier.log_probabilities(images, tta=True))
    np.testing.assert_allclose(together, np.mean(each, axis=0), rtol=1e-4, atol=1e-6)


def test_tta_is_for_digits(trained: Path, glyphs: Dataset) -> None:
    """Images that are only resized are not shifted or rotated."""
    classifier = Classifier.load([trained / "best.npz"])
    images = glyphs.test.images[:20]
    once, several = (classifier.log_probabilities(images, tta=tta) for tta in (False, True))
    np.testing.assert_array_equal(once, several)


def test_an_empty_picture_of_anything(mlp: Mlp, trained: Path, tmp_path: Path) -> None:
    """If images are only resized, an empty one is predicted like any other."""
    Image.new("L", (28, 28)).save(tmp_path / "black.png")
    black = np.zeros((1, 28, 28), dtype=np.uint8)
    expected = np.exp(Classifier.load([trained / "best.npz"]).log_probabilities(black))[0]
    weights = ("--weights", trained / "best.npz")
    record = json.loads(mlp("predict", "black.png", "--json", *weights).stdout)
    assert pytest.approx(expected, abs=1e-6) == record["probabilities"]
    assert "blank" not in record["warnings"]
    answer = f"black.png: {expected.argmax()}  ("
    assert mlp("predict", "black.png", *weights).stdout.startswith(answer)


def test_progress(tmp_path: Path) -> None:
    """With many pictures a terminal shows a progress bar, and stdout has the predictions alone."""
    write_inputs(tmp_path / "d", *(f"3-{index:03}.png" for index in range(30)))
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    os.set_blocking(leader, False)
    command = [sys.executable, "-m", "mlpcli", "predict", "d", "--weights", str(BUNDLED)]
    result = subprocess.run(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=follower, check=True
    )
    seen = os.read(leader, 1 << 16).decode()
    os.close(follower)
    os.close(leader)
    assert "reading" in seen
    assert "/30" in seen
    assert 30 == result.stdout.count(b"\n")
    assert b"\r" not in result.stdout


def test_bundled_weights(mlp: Mlp) -> None:
    """Without a run, the weights that come with the program are used, and stderr says so."""
    mlp("data", "export", "synthetic", "digits", "--count", "50")
    result = mlp("predict", "digits", "--json")
    assert "weights: those that come with mlp, trained on MNIST and drawn digits\n" == result.stderr
    records = [json.loads(line) for line in result.stdout.splitlines()]
    right = [record["class"] == Path(record["image"]).stem[-1] for record in records]
    assert len(right) == 50
    assert np.mean(right) > 0.85


def test_predict(mlp: Mlp, trained: Path, tmp_path: Path) -> None:
    """`predict` reads files, folders and standard input, and prints the most likely classes."""
    (tmp_path / "folder").mkdir()
    for digit in (3, 8):
        draw_digit(digit).save(tmp_path / "folder" / f"{digit}.png")
    (tmp_path / "folder" / "notes.txt").write_text("not a picture")
    weights = ["--weights", trained / "best.npz"]
    stdin = (tmp_path / "folder" / "8.png").read_bytes()
    result = mlp("predict", "folder/3.png", "folder", "-", *weights, "--top", "2", stdin=stdin)
    assert result.exit_code == 0
    names = [line.partition(":")[0] for line in result.stdout.splitlines()]
    assert ["folder/3.png", "folder/3.png", "folder/8.png", "-"] == names
    assert all(line.count(" %") == 2 for line in result.stdout.splitlines())


def test_predict_json(mlp: Mlp, trained: Path, tmp_path: Path, glyphs: Dataset) -> None:
    """Each image is one JSON object on a line, with the documented fields."""
    draw_digit(3).save(tmp_path / "a.png")
    result = mlp("predict", "a.png", "a.png", "--weights", trained / "best.npz", "--json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(records) == 2
    record = records[0]
    assert ["image", "label", "class", "probability", "probabilities", "warnings"] == list(record)
    assert ("a.png", glyphs.classes[record["label"]], []) == (
        record["image"],
        record["class"],
        record["warnings"],
    )
    assert max(record["probabilities"]) == record["probability"]
    assert sum(record["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_one_bad_picture(mlp: Mlp, trained: Path, tmp_path: Path) -> None:
    """A bad picture is reported, the others are predicted, and the exit code is 1."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").mkdir()
    for name in ("a.png", "c.png"):
        draw_digit(3).save(tmp_path / "folder" / name)
    (tmp_path / "folder" / "b.png").write_text("text")
    result = mlp("predict", "empty", "folder", "--weights", trained / "best.npz")
    assert result.exit_code == 1
    assert [
        "empty: no pictures in this folder",
        "folder/b.png: not a picture that can be read, got text; give a PNG, a JPEG or the like",
    ] == result.stderr.splitlines()
    answered = [line.partition(":")[0] for line in result.stdout.splitlines()]
    assert ["folder/a.png", "folder/c.png"] == answered


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_forbidden_folder(trained: Path, tmp_path: Path) -> None:
    """A folder that may not be searched gives one line, and the other pictures are predicted."""
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("root may search every folder, and setpriv is not here")
    (tmp_path / "locked").mkdir()
    draw_digit(3).save(tmp_path / "locked" / "a.png")
    draw_digit(3).save(tmp_path / "b.png")
    (tmp_path / "locked").chmod(0)
    capabilities = "-dac_override,-dac_read_search"
    drop = ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"]
    prefix = drop if os.geteuid() == 0 else []
    weights = ["--weights", str(trained / "best.npz")]
    predict = start(
        "predict", "locked", "locked/a.png", "b.png", *weights, cwd=tmp_path, prefix=prefix
    )
    output, errors = predict.communicate(timeout=60)
    listing = start("train", "--config", "locked/c.yaml", cwd=tmp_path, prefix=prefix)
    _, train_errors = listing.communicate(timeout=60)
    (tmp_path / "locked").chmod(0o700)
    assert (1, 1) == (predict.returncode, listing.returncode)
    assert output.startswith("b.png: ")
    assert 2 == len(errors.splitlines())
    assert train_errors == "locked/c.yaml: Permission denied\n"


def test_predict_imports_little(trained: Path, tmp_path: Path) -> None:
    """Predicting imports neither training nor what only configurations and downloads need."""
    draw_digit(3).save(tmp_path / "three.png")
    heavy = {"yaml", "requests", "tqdm", "mlpcli.training", "mlpcli.config", "mlpcli.datasets"}
    arguments = ["predict", "three.png", "--weights", str(trained / "best.npz")]
    assert not imported(tmp_path, arguments, heavy)


@pytest.mark.slow
def test_an_image_as_trained_on_needs_no_scipy(tmp_path: Path) -> None:
    """An image like those of the training set is predicted, seven views included, without SciPy."""
    drawing = draw_digit(3)
    drawing.save(tmp_path / "drawing.png")
    Image.fromarray(preprocess(np.asarray(drawing)).images[0]).save(tmp_path / "digit.png")
    bundled = ["--weights", "bundled"]
    assert not imported(tmp_path, ["predict", "digit.png", *bundled], {"scipy"})
    assert {"scipy"} == imported(tmp_path, ["predict", "drawing.png", *bundled], {"scipy"})
