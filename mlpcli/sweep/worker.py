"""What a worker of this machine does before its first task; Dask imports it there."""

import signal

from mlpcli.utils.startup import prepare_libraries

prepare_libraries()
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client, which ends its workers
