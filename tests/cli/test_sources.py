"""Which pictures the arguments of `mlp predict` mean, and what the steps of each are called."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from mlpcli.cli.sources import matching
from tests.conftest import Mlp
from tests.support.glyphs import draw_digit, write_digits, write_inputs
from tests.support.photos import heic

PHOTO = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"  # as much of it as is looked at in a folder
LONG = "é" * 125 + "x"  # with .png 255 bytes, as many as a name may have


def write(folder: Path, *names: str) -> None:
    """Write files and the folders that they are in."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def predicted(text: str) -> list[str]:
    """Return the names at the beginnings of lines."""
    return [line.partition(": ")[0] for line in text.splitlines()]


def test_an_argument_that_finds_nothing(mlp: Mlp, tmp_path: Path) -> None:
    """Each argument that finds nothing is reported in its turn, and all others are predicted."""
    write_digits(tmp_path, "3.png", "8.png")
    (tmp_path / "empty").mkdir()
    command = ["predict", "none*.png", "3.png", "empty", "absent.png", "no?.png", "8.png", "z[ab]"]
    result = mlp(*command)
    assert (1, ["3.png", "8.png"]) == (result.exit_code, predicted(result.stdout))
    assert [
        "none*.png: no picture matches",
        "empty: no pictures in this folder",
        "absent.png: cannot be read, No such file or directory",
        "no?.png: no picture matches",
        "z[ab]: no picture matches",
    ] == result.stderr.splitlines()[1:]


@pytest.mark.slow
def test_order_of_messages_and_predictions(tmp_path: Path) -> None:
    """An argument that finds nothing is reported between the predictions before and after it."""
    write_digits(tmp_path, "3.png", "8.png")
    command = [sys.executable, "-m", "mlpcli", "predict", "3.png", "none*", "8.png"]
    result = subprocess.run(
        command, check=False, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert [b"3", b"none*: no picture matches", b"8"] == [
        line.partition(b".png")[0] for line in result.stdout.splitlines()[1:]
    ]


def test_a_search_is_seen(tmp_path: Path) -> None:
    """While folders are searched a bar on a terminal counts them, and is gone once they are."""
    pty = pytest.importorskip("pty", reason="the system has no terminals of this kind")
    write_inputs(tmp_path, "10.png", "9.png")
    (tmp_path / "a" / "b").mkdir(parents=True)
    write_inputs(tmp_path / "a" / "b", "3.png")
    termios = pytest.importorskip("termios")
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    command = [sys.executable, "-m", "mlpcli", "predict", "**/*.png"]
    result = subprocess.run(
        command, check=False, cwd=tmp_path, stdout=subprocess.PIPE, stderr=end, text=True
    )
    os.close(end)
    said = b""
    with suppress(OSError):  # there is no more to be read
        while chunk := os.read(terminal, 1 << 16):
            said += chunk
    os.close(terminal)
    assert "looking for pictures: 0 folders" in said.decode()
    assert ["10.png", "9.png", "a/b/3.png"] == predicted(result.stdout)


def test_each_folder_is_counted(tmp_path: Path) -> None:
    """Whoever wants to know how far a search is hears of each folder that is looked into."""
    write(tmp_path, "a/b/3.png", "a/c/6.png", "d/8.png")
    heard: list[None] = []
    found = matching(f"{tmp_path}/**/*.png", lambda: heard.append(None))
    assert ["a/b/3.png", "a/c/6.png", "d/8.png"] == [name[len(f"{tmp_path}/") :] for name in found]
    assert 2 * 5 == len(heard)  # once for folders in it, once for pictures


def test_links_that_go_round(mlp: Mlp, tmp_path: Path) -> None:
    """Through ** each picture is found once, however links go round; a link that is named works."""
    write_digits(tmp_path, "3.png")
    write_digits(tmp_path / "a", "6.png")
    for link in ("a/up", "a/here", "round"):
        (tmp_path / link).symlink_to(tmp_path)
    (tmp_path / "other").symlink_to("a")
    result = mlp("predict", "**/*.png")
    assert (0, ["3.png", "a/6.png"]) == (result.exit_code, predicted(result.stdout))
    assert ["other/6.png"] == predicted(mlp("predict", "other/*.png").stdout)
    assert ["other/6.png"] == predicted(mlp("predict", "other").stdout)
    assert ["other/6.png"] == predicted(mlp("predict", "other/**/*.png").stdout)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["a.png", "b.png"]),
        ("./*.png", ["./a.png", "./b.png"]),
        ("[ab].png", ["a.png", "b.png"]),
        ("[!a].png", ["b.png"]),
        ("?/*.png", ["d/c.png"]),
        ("*", ["a.png", "b.png"]),
        (".*", [".h.png"]),
        (".e/*", [".e/f.png"]),
        ("*/c.png", ["d/c.png"]),
        ("d//c.*", ["d/c.png"]),
        ("d/../[a].png", ["d/../a.png"]),
        ("**/c.png", ["d/c.png"]),
        ("**/*.png", ["a.png", "b.png", "d/c.png", "d/g/h/i.png"]),
        ("**/**/*.png", ["a.png", "b.png", "d/c.png", "d/g/h/i.png"]),
        ("d/**", ["d/c.png", "d/g/h/i.png"]),
        ("**", ["a.png", "b.png", "d/c.png", "d/g/h/i.png"]),
        ("**/g/**/*.png", ["d/g/h/i.png"]),
        ("x*", []),
        ("a.png/*", []),
        ("x/**/*", []),
    ],
)
def test_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, expected: list[str]
) -> None:
    """A pattern matches the files that a shell matches: no hidden ones, sorted, each once."""
    write(tmp_path, "b.png", "a.png", ".h.png", ".e/f.png", "d/c.png", "d/g/h/i.png", "d/.k/l.png")
    monkeypatch.chdir(tmp_path)
    assert expected == matching(pattern)
    absolute = [f"{tmp_path}/{name.removeprefix('./')}" for name in expected]
    if "//" not in pattern:
        assert absolute == matching(f"{tmp_path}/{pattern.removeprefix('./')}")


@pytest.mark.slow
def test_a_deep_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders may be as deep as a path can say, and ** may stand in a pattern many times."""
    monkeypatch.chdir(tmp_path)
    depth = 1200
    for _ in range(depth):  # deeper than functions may call one another
        Path("d").mkdir()
        os.chdir("d")
    Path("x.png").touch()
    os.chdir(tmp_path)
    once, often = matching("/".join(["**"] * 6) + "/*.png"), matching("**/d/**/d/**/d/**/*.png")
    for _ in range(depth):  # which pytest would remove level by level, with a call for each
        os.chdir("d")
    Path("x.png").unlink()
    for _ in range(depth):
        os.chdir("..")
        Path("d").rmdir()
    assert ["d/" * depth + "x.png"] == once == often


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder(tmp_path: Path) -> None:
    """A folder that nobody may look into does not keep a pattern from the others."""
    write(tmp_path, "a/x.png", "b/y.png")
    (tmp_path / "a").chmod(0)
    try:
        assert [f"{tmp_path}/b/y.png"] == matching(f"{tmp_path}/**/*.png")
    finally:
        (tmp_path / "a").chmod(0o700)


def test_hidden_files(mlp: Mlp, tmp_path: Path) -> None:
    """Hidden files of a folder are no pictures of it, such as those that a Mac leaves behind."""
    write_digits(tmp_path / "d", "3.png")
    (tmp_path / "d" / "._3.png").write_bytes(b"\0\5\x16\7")
    result = mlp("predict", "d")
    assert (0, ["d/3.png"]) == (result.exit_code, predicted(result.stdout))
    (tmp_path / "d" / "3.png").unlink()
    result = mlp("predict", "d")
    assert (1, "d: no pictures in this folder") == (
        result.exit_code,
        result.stderr.splitlines()[-1],
    )


def test_every_ending(mlp: Mlp, tmp_path: Path) -> None:
    """Pictures are found in a folder under every usual ending, in any case."""
    write_digits(tmp_path / "d", "0.jpg", "2.png", "3.ppm", "4.tiff", "5.webp")
    for old, new in (("0.jpg", "0.JFIF"), ("2.png", "2.jpe"), ("3.ppm", "3.pnm")):
        (tmp_path / "d" / old).rename(tmp_path / "d" / new)
    (tmp_path / "d" / "8.HEIC").write_bytes(heic(draw_digit(8)))
    (tmp_path / "d" / "7.hif").write_bytes(heic(draw_digit(7)))
    result = mlp("predict", "d")
    expected = ["0.JFIF", "2.jpe", "3.pnm", "4.tiff", "5.webp", "7.hif", "8.HEIC"]
    assert (0, [f"d/{name}" for name in expected]) == (result.exit_code, predicted(result.stdout))
    assert 1 == result.stderr.count("\n")  # which weights are used
    assert ["d/8.HEIC"] == predicted(mlp("predict", "d/*.HEIC").stdout)


def test_what_is_not_read(mlp: Mlp, tmp_path: Path) -> None:
    """Of a folder, all that is not read is counted, with the reason and the name of one."""
    write_digits(tmp_path / "d", "3.png")
    write(
        tmp_path,
        *("d/scan.pdf", "d/logo.SVG", "d/icon.svg", "d/raw.CR2", "d/notes.txt", "d/IMG_1.MOV"),
        *("d/.hidden.jpg", "d/.IMG_2.HEIC.icloud", "d/._3.png", "d/.DS_Store", "d/Thumbs.db"),
        *("d/.cache/x.txt", "other/4.png"),
    )
    (tmp_path / "d" / "album").symlink_to("../other")
    expected = [
        "d: 4 pictures not read: 2 .svg, 1 .cr2, 1 .pdf (icon.svg, …); convert .cr2, .pdf and "
        ".svg to JPEG or PNG",
        "d: 2 other files not read: 1 .mov, 1 .txt (IMG_1.MOV, …)",
        "d: 2 hidden pictures not read: .IMG_2.HEIC.icloud, …",
        "d: 1 link to folders not followed: album",
    ]
    for options in ((), ("--recursive",)):
        result = mlp("predict", "d", *options)
        assert (0, ["d/3.png"]) == (result.exit_code, predicted(result.stdout))
        assert expected == result.stderr.splitlines()[1:]


def test_nothing_that_is_read(mlp: Mlp, tmp_path: Path) -> None:
    """A folder without any picture that is read says what else is there before the error."""
    write(tmp_path, "d/a.psd", "d/b.psd")
    result = mlp("predict", "d")
    assert (1, "") == (result.exit_code, result.stdout)
    assert [
        "d: 2 pictures not read: 2 .psd (a.psd, …); convert .psd to JPEG or PNG",
        "d: no pictures in this folder",
    ] == result.stderr.splitlines()[1:]


def test_an_empty_picture(mlp: Mlp, tmp_path: Path) -> None:
    """An empty file that is called a picture is reported, and the others are read."""
    write_digits(tmp_path / "d", "3.png")
    write(tmp_path, "d/4.jpg")
    result = mlp("predict", "d")
    assert (1, ["d/3.png"]) == (result.exit_code, predicted(result.stdout))
    need = "not a picture that can be read, got an empty file; copy or download it again"
    assert [f"d/4.jpg: {need}"] == result.stderr.splitlines()[1:]


def test_photos_without_the_extra(
    mlp: Mlp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pillow-heif the HEIC photos of a folder are counted, in one line that says what to do."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    write_digits(tmp_path / "d", "3.png", "4.jpg")
    (tmp_path / "d" / "4.jpg").rename(tmp_path / "d" / "4.heic")  # a JPEG, whatever its name
    for name in ("d/IMG_1.HEIC", "d/IMG_2.heif", "d/a/IMG_3.HEIC"):
        write(tmp_path, name)
        (tmp_path / name).write_bytes(PHOTO)
    result = mlp("predict", "d")
    assert (0, ["d/3.png", "d/4.heic"]) == (result.exit_code, predicted(result.stdout))
    note = "HEIC photos not read, for want of pillow-heif: IMG_1.HEIC, …; in mlpcli's folder: "
    assert [
        "d: 1 picture in subfolders is not read; --recursive reads it",
        f'd: 2 {note}pip install ".[heic]"',
    ] == result.stderr.splitlines()[1:]
    (line,) = mlp("predict", "d", "--recursive").stderr.splitlines()[1:]
    assert f'd: 3 {note}pip install ".[heic]"' == line
    result = mlp("predict", "d/a")
    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.splitlines()[1].startswith("d/a: 1 HEIC photo not read, for want of")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_closed_subfolder(mlp: Mlp, tmp_path: Path) -> None:
    """A subfolder that nobody may look into is named, and the others are read."""
    write_digits(tmp_path / "d", "3.png")
    write(tmp_path, "d/a/x.png")
    (tmp_path / "d" / "a").chmod(0)
    try:
        result = mlp("predict", "d", "--recursive")
    finally:
        (tmp_path / "d" / "a").chmod(0o700)
    assert (0, ["d/3.png"]) == (result.exit_code, predicted(result.stdout))
    assert "d: 1 folder not read, for want of permission: d/a" == result.stderr.splitlines()[-1]


def test_pictures_in_subfolders(mlp: Mlp, tmp_path: Path) -> None:
    """Pictures in subfolders are counted; with --recursive they are read, but through no link."""
    for folder in ("d", "d/a", "d/a/b", "d/.hidden", "elsewhere"):
        write_digits(tmp_path / folder, "3.png")
    write_digits(tmp_path / "d" / "a", "4.PNG")
    write(tmp_path, "d/a/notes.txt", "d/a/._3.png")
    (tmp_path / "d" / "c.png").mkdir()
    (tmp_path / "d" / "link").symlink_to("../elsewhere")
    (tmp_path / "d" / "a" / "up").symlink_to("..")
    result = mlp("predict", "d")
    assert (0, ["d/3.png"]) == (result.exit_code, predicted(result.stdout))
    line = "d: 3 pictures in subfolders are not read; --recursive reads them"
    assert line in result.stderr.splitlines()
    result = mlp("predict", "./d/", "--recursive")
    expected = ["d/3.png", "d/a/3.png", "d/a/4.PNG", "d/a/b/3.png"]
    assert (0, expected) == (result.exit_code, predicted(result.stdout))
    assert "subfolders" not in result.stderr


def test_pictures_in_subfolders_only(mlp: Mlp, tmp_path: Path) -> None:
    """A folder whose pictures all lie in subfolders says so before it says that it has none."""
    (tmp_path / "d" / "a").mkdir(parents=True)
    write_digits(tmp_path / "d" / "a" / "b", "3.png")
    result = mlp("predict", "d")
    assert (1, "") == (result.exit_code, result.stdout)
    assert [
        "d: 1 picture in subfolders is not read; --recursive reads it",
        "d: no pictures in this folder",
    ] == result.stderr.splitlines()[-2:]
    result = mlp("predict", "d", "--recursive")
    assert (0, ["d/a/b/3.png"]) == (result.exit_code, predicted(result.stdout))
    result = mlp("predict", "d/a/b", "d/a/b/3.png", "--recursive")
    assert (0, 2) == (result.exit_code, len(predicted(result.stdout)))


def steps_of(folder: Path) -> list[str]:
    """Return what the names of the steps of each picture begin with."""
    return sorted(path.name.removesuffix("-00-picture.png") for path in folder.glob("*-00-*"))


def test_steps_of_pictures_with_one_name(mlp: Mlp, tmp_path: Path) -> None:
    """The steps of pictures whose names are alike go to different files."""
    write_digits(tmp_path / "a", "1.png", "1-2.png", "7.png")
    write_digits(tmp_path / "b", "1.png", "1.jpg")
    result = mlp("predict", "a/1.png", "b/1.png", "a/1-2.png", "b", "--show-steps", "steps")
    assert 0 == result.exit_code, result.stderr
    assert ["1", "1-2", "1-2-2", "1-3", "1-4"] == steps_of(tmp_path / "steps")


def test_steps_of_names_that_differ_in_case(mlp: Mlp, tmp_path: Path) -> None:
    """Names that only some file systems tell apart are told apart by a number."""
    for folder, name in (("a", "3é.png"), ("b", "3É.png"), ("c", "3E\u0301.png")):
        write_digits(tmp_path / folder, name)
    assert 0 == mlp("predict", "a", "b", "c", "--show-steps", "steps").exit_code
    assert 3 == len({name.casefold() for name in steps_of(tmp_path / "steps")})
    assert 3 == sum("-" in name for name in steps_of(tmp_path / "steps")) + 1


def test_steps_of_long_names(mlp: Mlp, tmp_path: Path) -> None:
    """Names that are as long as can be, in letters of two bytes, leave room for their steps."""
    for folder in ("a", "b"):
        write_digits(tmp_path / folder, "3.png")
        (tmp_path / folder / "3.png").rename(tmp_path / folder / f"{LONG}.png")
    result = mlp("predict", "a", "b", "--show-steps", "steps")
    assert 0 == result.exit_code, result.stderr
    names = steps_of(tmp_path / "steps")
    assert ["é" * 100, "é" * 100 + "-2"] == names
    assert max(len(os.fsencode(path.name)) for path in (tmp_path / "steps").iterdir()) <= 241


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want names in UTF-8")
@pytest.mark.parametrize(
    "name", [b"\xff" * 250, b"a\nb\x1b[31m", b"-", b"* [x]", b"a" + b"\x80" * 249]
)
def test_steps_of_odd_names(mlp: Mlp, tmp_path: Path, name: bytes) -> None:
    """Names with odd characters, or bytes that are no text, have steps as well."""
    write_digits(tmp_path / "d", "3.png")
    (tmp_path / "d" / "3.png").rename(tmp_path / "d" / os.fsdecode(name + b".png"))
    result = mlp("predict", "d", "--show-steps", "steps")
    assert 0 == result.exit_code, result.stderr
    assert 1 == len(steps_of(tmp_path / "steps"))
