"""Every command in README and docs is one that there is."""

import re
import shlex

import click
import pytest
from kedro.framework.cli.cli import KedroCLI
from kedro.framework.project import configure_project, pipelines
from kedro.framework.session import KedroSession

from conftest import PROJECT
from pages import PAGES, commands_of

pytestmark = pytest.mark.default_line


def commands(*, of):
    """Of one program, with its arguments; those that stand for others are left out."""
    return [
        pytest.param([word for word in arguments if "…" not in word], id=f"{page.name}: {line}")
        for page in PAGES
        for line in dict.fromkeys(commands_of(page))
        if of in line and (arguments := _arguments(line, of))
    ]


def _arguments(line, program):
    """What follows the program, where the line calls it, maybe behind settings of variables."""
    words = shlex.split(line)
    while words and re.fullmatch(r"\w+=.*", words[0]):
        words = words[1:]
    return words[1:] if words and words[0].removeprefix(".venv/bin/") == program else []


@pytest.fixture(scope="module")
def kedro():
    configure_project("customer_behavior")
    return KedroCLI(PROJECT)


@pytest.mark.parametrize("targets", commands(of="make"))
def test_make_has_the_targets(targets):
    known = re.findall(r"^([a-z0-9-]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE)

    assert set(targets) <= set(known)


@pytest.mark.parametrize("arguments", commands(of="kedro"))
def test_kedro_has_the_command_with_these_options(
    kedro, hadoop_configuration, monkeypatch, arguments
):
    command, context = kedro, click.Context(kedro)
    while isinstance(command, click.Group) and arguments:
        command, arguments = command.get_command(context, arguments[0]), arguments[1:]
        assert command

    # The example of docs/adding-a-pipeline.md is registered in the test of that page.
    given = command.make_context(command.name, arguments).params
    assert set(given.get("pipelines") or []) <= {*pipelines, "weekdays"}
    tags = {tag for node in pipelines["__default__"].nodes for tag in node.tags}
    assert set(given.get("tags") or []) <= tags
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "pyspark-shell")  # which the environment replaces
    with KedroSession.create(
        PROJECT, env=given.get("env"), runtime_params=given.get("params")
    ) as session:
        session.load_context()  # ends with an error where it does not know an environment or name
