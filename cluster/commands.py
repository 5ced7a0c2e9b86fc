"""Commands in processes of their own, and what is said when they fail."""

import re
import subprocess


class ClusterError(Exception):
    """The cluster is not as it should be; the message says what to do."""


def run_command(command: list[str], failure: str, environment: dict[str, str] | None = None) -> str:
    """Run a command; what it prints.

    Raises:
        ClusterError: If it fails: ``failure`` and what it said.
    """
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = re.sub(r"\n\s*at .*", "", done.stderr or done.stdout).strip()[-2000:]
        raise ClusterError(f"{failure}:\n{said}")
    return done.stdout
