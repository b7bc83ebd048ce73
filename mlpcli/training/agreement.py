"""What all ranks of a training must have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlpcli.errors import DataError, MlpError

if TYPE_CHECKING:
    from mlpcli.runs.metadata import Metadata
    from mlpcli.utils.ranks import Ranks

_VERSIONS = ("mlpcli", "numpy")  # which decide the random numbers


def check_same_start(ranks: Ranks, metadata: Metadata) -> None:
    """Check that every rank has the data and the versions of rank 0, by the metadata of its run.

    Raises:
        DataError: the data differ.
        MlpError: a version differs.
    """
    versions = {name: metadata.versions[name] for name in _VERSIONS}
    everyone = ranks.share((metadata.data.fingerprint, versions))
    fingerprint, wanted = everyone[0]
    for rank, (found, versions) in enumerate(everyone):
        if found != fingerprint:
            raise DataError(
                f"rank {rank}: the data must be those of rank 0, with fingerprint "
                f"{fingerprint!r}, got {found!r}; give every rank the same files"
            )
        for name, version in versions.items():
            if version != wanted[name]:
                raise MlpError(
                    f"rank {rank}: {name} must be that of rank 0, {wanted[name]}, got {version}; "
                    "install the same packages for every rank"
                )
