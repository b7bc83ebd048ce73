"""`mlp` whose ranks each normalise their own part of a batch, for `mpi.py`.

`mpiexec -n N python -m benchmarks.mpi_per_rank train …`. Running statistics are those of rank 0.
"""

import sys

from mlpcli.utils.startup import prepare_libraries

prepare_libraries()  # before NumPy is loaded
from mlpcli.cli.entry import main  # noqa: E402
from mlpcli.nn.network import Network  # noqa: E402
from mlpcli.utils.ranks import Ranks  # noqa: E402


def stay_alone(self: Network, full: int, ranks: Ranks) -> None:
    """Take statistics in this process alone."""


if __name__ == "__main__":
    Network.set_batches = stay_alone  # type: ignore[method-assign]
    sys.argv[0] = "mlp"
    main()
