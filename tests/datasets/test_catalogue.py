"""Data sets that are known by name, and the folders of IDX files they are published as."""

import gzip
from pathlib import Path

import pytest

from mlpcli.config.data import DRAWN as DRAWN_NAMES
from mlpcli.config.data import NAMES
from mlpcli.datasets import DRAWN, KNOWN, SOURCES, Dataset, find, open_dataset
from mlpcli.datasets.catalogue import FILES, read_folder
from mlpcli.errors import DataError
from tests.support.formats import same_images, write_folder

ROOT = Path("unused")


@pytest.mark.parametrize("compress", [False, True])
def test_idx_folder(tmp_path: Path, glyphs: Dataset, *, compress: bool) -> None:
    """A folder with four IDX files is a data set, whose last images are for validation."""
    folder = write_folder(tmp_path / "idx", glyphs, compress=compress)
    dataset = open_dataset(folder, root=ROOT, validation=100)
    assert same_images(glyphs, dataset)
    assert (500, 100, 100) == (len(dataset.train), len(dataset.validation), len(dataset.test))


def test_dotted_names(tmp_path: Path, glyphs: Dataset) -> None:
    """Files named train-images.idx3-ubyte, as some copies are, are found too."""
    folder = write_folder(tmp_path / "idx", glyphs)
    for path in folder.iterdir():
        path.rename(folder / path.name.replace("-idx", ".idx"))
    assert len(read_folder(folder).train) == 600


def test_other_content_is_not_here(tmp_path: Path, glyphs: Dataset) -> None:
    """MNIST's file names with other content are not MNIST, nor Fashion-MNIST."""
    write_folder(tmp_path, glyphs)
    with pytest.raises(DataError, match=r"mnist: not in the data root .* the SHA-256"):
        find("mnist", tmp_path)
    with pytest.raises(
        DataError, match=r"fashion-mnist: not in the data root .* the SHA-256 must be"
    ):
        find("fashion-mnist", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["mnist", "."])
def test_real_mnist_is_found(tmp_path: Path, mnist_root: Path, place: str) -> None:
    """MNIST is found in ROOT/mnist and in ROOT itself, recompressed or unpacked."""
    (tmp_path / place).mkdir(exist_ok=True)
    for name in FILES:
        packed = (mnist_root / "mnist" / f"{name}.gz").read_bytes()
        (tmp_path / place / name).write_bytes(gzip.decompress(packed))
    folder, content = find("mnist", tmp_path)
    train, test = content.train, content.test
    assert (tmp_path / place).samefile(folder)
    assert (60000, 10000) == (len(train), len(test))


@pytest.mark.parametrize("name", [name for name in SOURCES if SOURCES[name].mirrors])
def test_sums_of_published_data(name: str) -> None:
    """Every file that is downloaded has a SHA-256, and the first mirror uses HTTPS."""
    source = SOURCES[name]
    sums = source.sha256 or source.packed_sha256
    assert [64] * 4 == [len(digest) for digest in sums]
    assert 4 == len({bytes.fromhex(digest) for digest in sums})
    assert source.mirrors[0].startswith("https://")


def test_names() -> None:
    """The names that a configuration takes are those of the known data sets, published or drawn."""
    assert {*NAMES} == {*KNOWN} == {*SOURCES, *DRAWN}
    assert {*DRAWN} == {*DRAWN_NAMES}
