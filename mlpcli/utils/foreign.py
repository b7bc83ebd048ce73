"""Tells by its first bytes what a file is that cannot be read as a picture or as a data set.

Endings are no help: a photo called .jpg may be HEIC, and a data set that failed to download is a
web page. Each kind of file comes with what to do next, where a picture was wanted and where a data
set was.
"""

import gzip
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Protocol, cast

from mlpcli.utils.archives import GZIP

START = 1024  # bytes that show what a file is; a tar archive says it after 257 of them


@dataclass(frozen=True)
class Kind:
    """What a file is.

    Attributes:
        name: with its article.
        as_picture: what to do if a picture is wanted.
        as_data: what to do if a data set is wanted.
    """

    name: str
    as_picture: str
    as_data: str


class Readable(Protocol):
    """An open file, or what stands in for one."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, fewer at the end."""

    def seek(self, offset: int, /) -> int:
        """Go to a position and return it."""


_FOLDERS = "put pictures into a folder for each class, and give the folder that holds these"
_ARRAYS = 'numpy.savez("mine.npz", x=IMAGES, y=LABELS)'
_SAVE = "save it as JPEG or PNG"
_EXPORT = "export it as PNG from the program that made it"
_UNPACK = "unpack it, and give what was in it"
_GIVE_PICTURE = "give a PNG, a JPEG or the like"
_AGAIN = "it may be a login or error page; download the file itself again"


def _drawn(name: str, step: str) -> Kind:
    """Return a kind of file that shows something but cannot be read."""
    return Kind(name, step, f"{step}, then {_FOLDERS}")


def _picture(name: str, damaged: str = "damaged or cut short; copy or save it again") -> Kind:
    """Return a kind of picture that can be read unless it is damaged."""
    return Kind(name, damaged, f"{_FOLDERS}; to read this one: mlp predict FILE")


def _data(name: str, step: str) -> Kind:
    """Return a kind of file that may hold a data set."""
    return Kind(name, _GIVE_PICTURE, step)


def _loaded(name: str, load: str, images: str) -> Kind:
    """Return a kind of file that a Python package reads."""
    return _data(name, f"in Python: m = {load}, then {_ARRAYS} with IMAGES = {images} and so on")


_ARCHIVE = "unpack it, and give the folder or file that was in it"
_OFFICE = _drawn("a document of an office program", "save the picture in it as PNG")
_VIDEO = _drawn("a video", "save one frame of it, e.g. ffmpeg -i FILE -frames:v 1 frame.png")
RAW = _drawn("a raw photo of a camera", _SAVE)
_UNUSUAL = f"damaged, cut short or of an unusual kind; copy it again, or {_SAVE}"
_NEWER = f"damaged, or Pillow is older than 11.3; {_SAVE}"
_WEIGHTS = Kind(
    "the weights of a network", "give them with --weights", "give them with --weights or --from"
)
_TORCH = _data(
    "a file of PyTorch's torch.save",
    f"in Python: m = torch.load(FILE), then {_ARRAYS} with what .numpy() gives",
)
_ZIP = Kind("a zip archive", _UNPACK, _ARCHIVE)
TEXT = Kind(
    "text",
    _GIVE_PICTURE,
    f"a table of images must be called .csv or .tsv; save other data as arrays: {_ARRAYS}",
)
NPZ = _data("an .npz", "unpack what gzip has compressed")  # the usual one can be read
PICKLE = _data("a pickle", f"save its arrays: {_ARRAYS}")
_EMPTY = Kind("an empty file", "copy or download it again", "copy or download it again")

_KINDS: tuple[tuple[bytes, Kind], ...] = (  # the first pattern that a file's start matches
    (rb"\x89PNG", _picture("a PNG")),
    (rb"\xff\xd8\xff", _picture("a JPEG")),
    (rb"GIF8", _picture("a GIF")),
    (rb"BM.{4}\0\0\0\0", _picture("a BMP")),
    (rb"P[1-6]\s", _picture("a PPM")),
    (rb"RIFF.{4}WEBP", _picture("a WebP")),
    (rb"II\*\0.{4}CR|II\x1a\0.{2}HEAPCCDR|IIU\0|IIR[OS]|MMOR|FUJIFILMCCD-RAW|\0MRM", RAW),
    (rb".{4}ftypcrx ", RAW),
    (rb"II[*+]\0|MM\0[*+]", _picture("a TIFF", f"damaged, or a camera's raw photo; {_SAVE}")),
    (rb".{4}ftyp(avi|m[is]f1.{4}(.{4}){0,8}avi[fs])", _picture("an AVIF picture", _NEWER)),
    (rb".{4}ftyp(hei|hev|mif1|msf1)", _picture("a HEIC photo", _UNUSUAL)),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", _drawn("a JPEG XL picture", _SAVE)),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", _drawn("a JPEG 2000 picture", _SAVE)),
    (rb"\0\0[\x01\x02]\0[^\0]\0", _drawn("an icon", "save it as PNG")),
    (rb"8BPS", _drawn("a Photoshop document", _EXPORT)),
    (rb"gimp xcf", _drawn("a GIMP document", _EXPORT)),
    (rb"%PDF", _drawn("a PDF", "turn its pages into pictures: pdftoppm -r 150 -png FILE page")),
    (rb"%!PS|\xc5\xd0\xd3\xc6", _drawn("a PostScript file", _EXPORT)),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg",
        _drawn("an SVG drawing", _EXPORT),
    ),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body|script|meta)",
        Kind("a web page", _AGAIN, _AGAIN),
    ),
    (rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI |\0\0\x01[\xb3\xba]|FLV\x01", _VIDEO),
    (rb"\xd0\xcf\x11\xe0", _OFFICE),
    (rb"PK\x03\x04.{26}(\[Content_Types\]|_rels/|docProps/|word/|xl/|ppt/|mimetype)", _OFFICE),
    (rb"PK\x03\x04.{26}layers\.", _WEIGHTS),
    (rb'.{4}\0{4}\{"__metadata__":\{"format":"mlpcli"', _WEIGHTS),
    (
        rb'.{4}\0{4}\{\s*"[^"]{1,200}"\s*:\s*\{',
        _loaded("a safetensors file", "safetensors.numpy.load_file(FILE)", 'm["…"]'),
    ),
    (rb"PK\x03\x04.{26}[^/]*/?(data\.pkl|\.format_version|byteorder)", _TORCH),
    (rb"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19", _TORCH),
    (rb"PK\x03\x04.{26}[^\0]{1,200}?\.npy", NPZ),
    (rb"PK(\x03\x04.{27}|\x05\x06)", _ZIP),
    (rb".{257}ustar", Kind("a tar archive", _UNPACK, _ARCHIVE)),
    (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07", Kind("an archive", _UNPACK, _ARCHIVE)),
    (
        rb"\x1f\x8b|\xfd7zXZ\0|BZh[1-9]1AY|\x28\xb5\x2f\xfd",
        Kind("a compressed file", _UNPACK, _ARCHIVE),
    ),
    (
        rb"MATLAB 5\.0 MAT-file",
        _loaded("a MATLAB file", "scipy.io.loadmat(FILE)", 'm["…"]'),
    ),
    (
        rb"MATLAB 7\.3 MAT-file",
        _loaded("a MATLAB 7.3 file", "h5py.File(FILE)", 'm["…"][:].T'),
    ),
    (rb"\x89HDF\r\n\x1a\n", _loaded("an HDF5 file", "h5py.File(FILE)", 'm["…"][:]')),
    (rb"PAR1", _data("a Parquet file", "unpack what gzip has compressed")),  # it can be read
    (
        rb"\x93NUMPY",
        _data(
            "one NumPy array",
            "images need their labels beside them: give a folder with x_train.npy, y_train.npy",
        ),
    ),
    (rb"\x80[\x02-\x05]|\((dp|lp|i)", PICKLE),
    (
        rb"version https://git-lfs",
        Kind("a pointer of Git LFS, not the file itself", "run git lfs pull", "run git lfs pull"),
    ),
    (rb"\s*[\[{]\s*([\[{\"\]}]|-?\d)", _data("JSON", f"save its numbers as arrays: {_ARRAYS}")),
    (
        rb"(\s|#[^\n]*\n|---\n)*+[a-z_.]+:\s",  # possessive, so that it takes linear time
        Kind("a YAML file", _GIVE_PICTURE, "give a configuration with --config"),
    ),
)
_TEXT_BYTES = rb"[\t\n\f\r\x1b\x20-\x7e\x80-\xff]*"


def kind_of_start(start: bytes) -> Kind | None:
    """Return what a file is, for its first `START` bytes; None if they do not show it."""
    if not start:
        return _EMPTY
    for pattern, kind in _KINDS:  # compiled here, because most programs never need it
        if re.match(pattern, start, re.DOTALL):
            return kind
    if re.fullmatch(_TEXT_BYTES, start):
        with suppress(UnicodeDecodeError):
            start[:-3].decode()  # the last character may be cut
            return TEXT
    return None


def unpacked_start(file: Readable) -> bytes:
    """Return the first `START` bytes of a file, of what is in it where gzip has compressed it."""
    file.seek(0)
    start = file.read(START)
    if start.startswith(GZIP):
        file.seek(0)
        with suppress(OSError, EOFError, zlib.error):
            start = gzip.GzipFile(fileobj=cast("IO[bytes]", file)).read(START)
    file.seek(0)
    return start
