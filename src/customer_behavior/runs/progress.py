"""How far Spark's long jobs have come, below the log, on a terminal only."""

import atexit
import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, RLock, Thread
from typing import Any, NamedTuple

from kedro.framework.hooks import hook_impl
from rich import get_console
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from customer_behavior.runs.nodes import NodeRun
from customer_behavior.runs.spark import running_context

_SECONDS_BETWEEN_LOOKS = 0.5
_LONG_SECONDS = 3


class Tasks(NamedTuple):
    """Tasks of a job's stages that are under way."""

    done: int
    all: int


class SparkProgress:
    """Shows a bar for each Spark job that runs for longer than three seconds.

    While a run lasts, log lines go through the same console, which writes them above the bars.
    """

    def __init__(
        self,
        running: Callable[[], list[NodeRun]],
        jobs: Callable[[], dict[int, Tasks]] | None = None,
    ) -> None:
        """Create the hook.

        Args:
            running: Gives the nodes that are under way.
            jobs: Gives the jobs that are; by default Spark is asked.
        """
        self._running = running
        self._jobs = jobs or jobs_under_way
        # While bars are taken away, a line that came meanwhile would go with them.
        self._screen = RLock()
        self._stop = Event()
        self._thread: Thread | None = None
        self._redirected: list[tuple[logging.StreamHandler[Any], Any]] = []

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Begin, if a person is looking."""
        self._end()  # a run that was interrupted, in IPython
        console = get_console()  # the one of rich's log handlers, where Kedro's defaults hold
        if not (sys.stdout.isatty() and console.is_terminal) or console.is_dumb_terminal:
            return
        self._redirect_log(console)
        self._stop.clear()
        self._thread = Thread(target=self._show, args=(console,), name="progress", daemon=True)
        self._thread.start()
        atexit.register(self._end)  # an interrupted run ends without a hook

    @hook_impl
    def after_pipeline_run(self) -> None:
        """End."""
        self._end()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """End."""
        self._end()

    def _end(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        for handler, stream in self._redirected:
            handler.setStream(stream)
        self._redirected = []
        atexit.unregister(self._end)

    def _redirect_log(self, console: Console) -> None:
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
                self._redirected.append((handler, handler.stream))
                handler.setStream(_AboveTheBars(console, self._screen))

    def _show(self, console: Console) -> None:
        bars = _Bars(console)
        while not self._stop.wait(_SECONDS_BETWEEN_LOOKS):
            jobs = {}
            with suppress(Exception):  # of a Spark that is about to start, or to end
                jobs = self._jobs()
            with self._screen:
                bars.update(jobs, ", ".join(node.name for node in self._running()))
        with self._screen:
            bars.clear()


class _AboveTheBars:
    """A stream for log lines, which stay as they are: the terminal breaks long ones, not rich."""

    def __init__(self, console: Console, screen: RLock) -> None:
        self._console = console
        self._screen = screen

    def write(self, text: str) -> None:
        with self._screen:
            self._console.out(text.removesuffix("\n"), highlight=False)

    def flush(self) -> None:
        """Nothing is kept."""


class _Bars:
    """The bars on the screen, one for each long job."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._first_seen: dict[int, float] = {}
        self._bars: dict[int, TaskID] = {}

    def update(self, jobs: dict[int, Tasks], text: str) -> None:
        """Show the jobs that are long by now."""
        now = time.monotonic()
        self._first_seen = {job: self._first_seen.get(job, now) for job in jobs}
        seconds = {job: now - seen for job, seen in self._first_seen.items()}
        long = {job: jobs[job] for job in jobs if seconds[job] >= _LONG_SECONDS}
        if not long:
            self.clear()
            return
        progress = self._progress or self._new_progress()
        for job in set(self._bars) - set(long):
            progress.remove_task(self._bars.pop(job))
        for job, tasks in long.items():
            if job not in self._bars:
                self._bars[job] = progress.add_task(text, seconds=0)
            progress.update(
                self._bars[job],
                description=text,
                completed=tasks.done,
                total=tasks.all,
                seconds=seconds[job],
            )
        progress.start()  # only the first time
        progress.refresh()

    def clear(self) -> None:
        """Take the bars from the screen."""
        if self._progress:
            self._progress.stop()
        self._progress, self._bars = None, {}

    def _new_progress(self) -> Progress:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("tasks, {task.fields[seconds]:.0f} s"),
            console=self._console,
            transient=True,
            auto_refresh=False,
        )
        return self._progress


def jobs_under_way() -> dict[int, Tasks]:
    """The tasks of Spark's jobs; of those whose stages have not begun, none."""
    if (context := running_context()) is None:
        return {}
    tracker = context.statusTracker()
    jobs = {}
    for job in tracker.getActiveJobsIds():
        info = tracker.getJobInfo(job)
        stages = [tracker.getStageInfo(stage) for stage in (info.stageIds if info else [])]
        active = [stage for stage in stages if stage and stage.numActiveTasks]
        jobs[job] = Tasks(
            sum(stage.numCompletedTasks for stage in active),
            sum(stage.numTasks for stage in active),
        )
    return jobs
