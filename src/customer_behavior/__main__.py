"""Entry point of the installed package: ``customer-behavior``, and of spark-submit."""

import sys
from typing import Any

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project

PACKAGE = "customer_behavior"


def main(*args: Any, **kwargs: Any) -> Any:
    """Run the pipelines with the options of ``kedro run``."""
    configure_project(PACKAGE)
    kwargs["standalone_mode"] = not hasattr(sys, "ps1")
    run = find_run_command(PACKAGE)
    return run(*args, **kwargs)


if __name__ == "__main__":
    main()
