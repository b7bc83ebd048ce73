"""The program's folder in the user's cache: anything in it may be deleted at any time.

It contains a tag file by which backup programs recognise a cache (https://bford.info/cachedir/). A
folder of that name without the tag, or behind a link, is never read, written or deleted.
"""

import errno
import stat
from pathlib import Path

from platformdirs import user_cache_path

from mlpcli.utils.files import atomic_write, temporary_files
from mlpcli.utils.homes import path_variable

FOLDER, TAG = "mlpcli-cache", "CACHEDIR.TAG"
_MARK = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# mlpcli made this folder, and makes again whatever is missing in it.\n"
)


def cache_folder(kind: str) -> Path:
    """Return the subfolder of the program's cache folder for one kind of content.

    Both folders are created if they are missing. They are in MLP_CACHE if it is set, else
    in the user's cache directory.

    Raises:
        OSError: there is no place for a cache, or the folder there is not the program's.
        ConfigError: MLP_CACHE begins with a home directory that does not exist.
    """
    folder = _place() / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    check_real_folder(folder)
    _check_mark(folder)
    (folder / kind).mkdir(exist_ok=True)
    check_real_folder(folder / kind)
    return folder / kind


def check_real_folder(folder: Path) -> None:
    """Check that a path is a folder, and not a link to one.

    Raises:
        OSError: it is not.
    """
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise OSError(errno.ENOTDIR, "must be a folder, not a link", str(folder))


def _place() -> Path:
    named = path_variable("MLP_CACHE")
    if named:
        return Path(named)
    try:
        place = user_cache_path("mlpcli")
    except RuntimeError as error:
        raise OSError(errno.ENOENT, "the user has no home directory") from error
    if not place.is_absolute():
        raise OSError(errno.ENOENT, "the user has no home directory", str(place))
    return place


def _check_mark(folder: Path) -> None:
    """Add the tag to a new, empty folder; refuse a folder with other files."""
    for _ in range(2):  # another process may be adding the tag at this moment
        if _is_marked(folder):
            return
        if not {*folder.iterdir()} - {*temporary_files(folder, [TAG])}:
            with atomic_write(folder / TAG) as file:
                file.write(_MARK)
    if not _is_marked(folder):
        raise OSError(errno.EEXIST, f"must hold mlpcli's {TAG}, or nothing", str(folder))


def _is_marked(folder: Path) -> bool:
    try:
        tag = folder / TAG
        return stat.S_ISREG(tag.lstat().st_mode) and tag.read_bytes() == _MARK
    except FileNotFoundError:
        return False
