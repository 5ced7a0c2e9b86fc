"""The project's commands: ``kedro run``, whose expected errors end in a message."""

from typing import Any

import click
from kedro.config import MissingConfigException
from kedro.framework.cli.project import run as kedro_run
from kedro.io import DatasetError
from kedro.validation import ParameterValidationError

from customer_behavior.hooks import ConfigurationError
from customer_behavior.pipelines.ingestion.ledger import LedgerError
from customer_behavior.pipelines.simulation.parameters import SimulationError

EXPECTED_ERRORS = (
    ConfigurationError,
    DatasetError,
    LedgerError,
    MissingConfigException,
    ParameterValidationError,
    SimulationError,
)


class RunCommand(click.Command):
    """``kedro run``, with a message in place of a stack trace where the message says it all."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and turn an expected error into its message and exit code 1."""
        try:
            return super().invoke(ctx)
        except EXPECTED_ERRORS as error:
            first = error
            while isinstance(first.__cause__, EXPECTED_ERRORS):  # Kedro wraps dataset errors
                first = first.__cause__
            if isinstance(first, DatasetError) and first.__cause__:
                raise  # nobody expected what is behind it
            raise click.ClickException(_message(first)) from error


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
