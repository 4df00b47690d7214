"""Workers of an existing Dask cluster: it schedules, and gives the runs of a worker that dies to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from alaris.domain import ConfigurationError
from alaris.sweep.trial import LOST, Job, Row, run_trial

PATIENCE = 15  # seconds to reach the scheduler
INSTALL = "pip install 'alaris[dask]'"


class ClusterWorkers:
    """The workers behind a scheduler.

    They need this package, and the algorithm's and the data's paths as this machine has them (a shared folder).

    Parameters
    ----------
    address : str
        Of the scheduler, e.g. ``tcp://10.0.0.5:8786``.

    Raises
    ------
    ConfigurationError
        dask.distributed is not installed, nobody answers at the address, or no worker is there.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client  # noqa: PLC0415 - an optional extra
        except ImportError:
            raise ConfigurationError("--scheduler", f"needs dask.distributed; install it with {INSTALL}") from None
        try:
            self._client: Any = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:  # a time-out is an OSError
            raise ConfigurationError(
                "--scheduler", f"no Dask scheduler answers at {address} ({error}); start it, or mend the address"
            ) from error
        self._address = address
        self._seen: set[str] = set()
        self._left: set[str] = set()
        self._look()
        if not self._seen:
            self._client.close()
            raise ConfigurationError("--scheduler", f"the scheduler at {address} has no workers; start some: dask worker {address}")

    @property
    def size(self) -> int:
        """Workers that are there now."""
        return len(self._seen - self._left)

    @property
    def lost(self) -> int:
        """Workers that went away since the start."""
        return len(self._left)

    @property
    def place(self) -> str:
        """Where the runs run."""
        return f"the Dask cluster at {self._address}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def results(self, jobs: Sequence[Job]) -> Iterator[Row]:
        """Rows as they are done, in no order."""
        from distributed import as_completed  # noqa: PLC0415 - an optional extra

        futures = {self._client.submit(run_trial, job, pure=False, key=f"alaris-run-{job.number}-{job.sweep}"): job for job in jobs}
        for future in as_completed(list(futures), loop=self._client.loop):
            self._look()
            job = futures[future]
            failure = future.exception()  # waits again where the worker that held the row has died since
            if failure is None:
                yield future.result()
            else:
                yield Row(job.number, dict(job.parameters), LOST, f"the cluster gave it up: {failure}")
            future.release()
        self._look()

    def _look(self) -> None:
        present = set(self._client.scheduler_info(n_workers=-1)["workers"])
        self._left |= self._seen - present
        self._seen |= present
