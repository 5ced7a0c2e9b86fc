"""Errors that need no stack trace: the user knows what to do, or has done it."""

from kedro.config import MissingConfigException
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


def is_interruption(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: Spark then cancels its jobs, and raises what that does."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def expected_error(error: BaseException) -> BaseException | None:
    """Find the expected error in those that Kedro wraps around it; None for any other error."""
    if not isinstance(error, EXPECTED_ERRORS):
        return None
    while isinstance(error.__cause__, EXPECTED_ERRORS):
        error = error.__cause__
    if isinstance(error, DatasetError) and error.__cause__:
        return None  # nobody expected what is behind it
    return error
