"""The memory of this process and all below it, Spark's JVM and Python workers among them.

Of a run on a cluster that is the driver alone. Pages that processes share count in each of them.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Thread
from typing import Protocol

import psutil

_SECONDS_BETWEEN_LOOKS = 0.5


class Watched(Protocol):
    """What remembers the most memory that was seen."""

    peak_driver_memory_bytes: int | None


def memory_of(root: psutil.Process) -> int:
    """Bytes of a process and all below it, of those that may be looked at: no run ends for it."""
    total, processes = 0, [root]
    with suppress(psutil.Error):
        processes += root.children(recursive=True)
    for process in processes:
        with suppress(psutil.Error):  # it has ended, or is another user's
            total += process.memory_info().rss
    return total


class MemoryWatch:
    """Looks at the memory twice a second, in a thread."""

    def __init__(self, watched: Callable[[], Iterable[Watched]]) -> None:
        """Create the watch.

        Args:
            watched: Gives what is under way at the moment of a look.
        """
        self._watched = watched
        self._process = psutil.Process()
        self._stop = Event()
        self._thread = Thread(target=self._look_until_stopped, name="memory", daemon=True)

    def start(self) -> None:
        """Start to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, if it was started, and wait until the last look has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look once."""
        watched = list(self._watched())
        if watched:
            memory = memory_of(self._process)
            for one in watched:
                one.peak_driver_memory_bytes = max(memory, one.peak_driver_memory_bytes or 0)

    def _look_until_stopped(self) -> None:
        while not self._stop.wait(_SECONDS_BETWEEN_LOOKS):
            self.look()
