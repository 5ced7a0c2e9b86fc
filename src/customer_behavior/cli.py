"""The project's commands: ``kedro run``, whose expected errors end in a message."""

from collections.abc import Collection, Iterable
from typing import Any

import click
from kedro.config import MissingConfigException
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.project import pipelines
from kedro.pipeline import Pipeline
from kedro.validation import ParameterValidationError

from customer_behavior.expected_errors import expected_error, is_interruption
from customer_behavior.hooks import ConfigurationError, did_you_mean


class RunCommand(click.Command):
    """``kedro run``, with a message in place of a stack trace where the message says it all."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and turn an expected error into its message and exit code 1."""
        try:
            _check_names(ctx.params)
            return super().invoke(ctx)
        except Exception as error:
            if is_interruption(error):
                raise click.Abort from error
            expected = expected_error(error)
            if expected is None:
                raise
            raise click.ClickException(_message(expected)) from error


def _check_names(asked: dict[str, Any]) -> None:
    """Refuse names of pipelines, tags and nodes that there are not."""
    names = [asked["pipeline"]] if asked["pipeline"] else asked["pipelines"] or ["__default__"]
    _check(names, pipelines, "pipeline")
    nodes = sum((pipelines[name] for name in names), start=Pipeline([])).nodes
    _check(asked["tags"], {tag for node in nodes for tag in node.tags}, "tag")
    for option in ("from_nodes", "to_nodes", "node_names"):
        _check(asked[option], {node.name for node in nodes}, "node")


def _check(names: Iterable[str], known: Collection[str], kind: str) -> None:
    for name in names:
        if name not in known:
            raise ConfigurationError(f"There is no {kind} '{name}'.{did_you_mean(name, known)}")


def _message(error: BaseException) -> str:
    message = str(error)
    if isinstance(error, MissingConfigException) and "does not exist" in message:
        return f"{message}. The environments for --env are the folders in conf."
    if isinstance(error, ParameterValidationError):
        lines = [line for line in message.splitlines() if "https://" not in line]
        return "\n".join([*lines, "Correct it in conf/base/parameters, or in --params."])
    return message


_PARAMETERS = """\b
Parameters for --params, as name=value, between commas:
  raw_events              the months of events: a file, a folder or a glob
  ingestion.months        replace only these months, such as 2019-11
  simulation.events       with --pipelines=simulation: about how many rows to write
  simulation.output       the folder to write them to, empty or an earlier simulation's
  simulation.compression  none or gzip
  simulation.seed         the same seed gives the same rows
All others stand in conf/base/parameters, each with its meaning.
"""

run = RunCommand(
    name="run",
    callback=kedro_run.callback,
    params=kedro_run.params,
    help=kedro_run.help,
    short_help=kedro_run.short_help,
    epilog=_PARAMETERS,
)


@click.group(name="customer_behavior")
def cli() -> None:
    """Command line of the project."""


cli.add_command(run)
