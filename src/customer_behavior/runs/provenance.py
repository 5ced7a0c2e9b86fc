"""What a run's results depend on beside data and parameters: versions, code, computer."""

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

DISTRIBUTION = "customer-behavior"
_SECONDS_FOR_GIT = 20


def versions() -> dict[str, Any]:
    """Versions of Python, of Kedro and of the packages that the project names; null where unknown.

    Under spark-submit the project may run without having been installed, and pyspark too.
    """
    return {
        "python": platform.python_version(),
        "kedro": _version("kedro"),
        "packages": {name: _version(name) for name in [DISTRIBUTION, *_required()]},
    }


def computer() -> dict[str, Any]:
    """The computer of this process; on a cluster, that of the driver."""
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
    }


def code(file: Path = Path(__file__)) -> dict[str, Any]:
    """The commit that the code is of, and whether the tree was as committed.

    Args:
        file: A file of the code. Where git does not know it (installed from a wheel, or no git),
            both are null.
    """
    if _git(file.parent, "ls-files", "--error-unmatch", file.name) is None:
        return {"git_commit": None, "git_is_clean": None}
    commit = _git(file.parent, "rev-parse", "HEAD")
    changes = _git(file.parent, "status", "--porcelain", ":/")
    return {"git_commit": commit, "git_is_clean": None if changes is None else changes == ""}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _required() -> list[str]:
    try:
        required = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []
    names = (re.match(r"[\w.-]+", one) for one in required if "extra ==" not in one)
    return sorted(name.group() for name in names if name)


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None where it fails or is not there."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS_FOR_GIT,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
