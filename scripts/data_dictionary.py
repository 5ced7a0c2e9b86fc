"""The data dictionary: what each dataset is, who makes it and who reads it."""

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from project_parts import Project

INTRODUCTION = """\
# Data dictionary

Made by `make docs` from the catalog and the docstrings of the nodes: change those, not this page.

`<data_root>` and `<report_root>` are `data` on a laptop and a folder on HDFS on a cluster;
`<raw_events>` is the input, `<simulation.output>` the folder that the simulation writes to. Times
are UTC; a date used as a time is its midnight. Amounts are in the currency of `price`. `{w}` and
the like stand for several names. Parameters, such as `horizon_days`, have their meaning in
conf/base/parameters. `made by` names the function; `kedro registry describe ingestion` (or another
pipeline) lists the nodes by their names, such as `ingestion.classify_lines`.
"""


@dataclass
class Entry:
    """One or several datasets that are described in the same words."""

    names: list[str]
    text: str
    maker: str | None = None


def data_dictionary(project: Project) -> str:
    """Describe all datasets, pipeline by pipeline.

    Returns:
        The page, in Markdown.

    Raises:
        ValueError: If nothing says what a dataset is.
    """
    given = {
        file: [_given_entry(name, project) for name in names]
        for file, names in project.made_by_no_node().items()
    }
    lines = [INTRODUCTION]
    for name, pipeline in project.pipelines.items():
        entries = given.pop(name, []) + _made_entries(pipeline)
        lines += [f"## {name}\n", f"{_about(name, project)}\n", *_described(entries, project)]
    if of_hooks := [entry for entries in given.values() for entry in entries]:
        lines += ["## Made by hooks\n", *_described(of_hooks, project)]
    return "\n".join(lines)


def described_outputs(node: Node) -> dict[str, str]:
    """Read from a node's docstring what each of its outputs is.

    Args:
        node: If it has several outputs, its docstring describes each in paragraphs of which the
            first begins with the output's name, such as ````events``: One row per …``.

    Returns:
        By output, the text in Markdown.

    Raises:
        ValueError: If the docstring does not describe all of them.
    """
    names = {output: output.rsplit(".", 1)[-1] for output in node.outputs}
    text = _section_of(inspect.getdoc(node.func) or "", "Returns|Yields")
    texts = {names[node.outputs[0]]: text}
    if len(node.outputs) > 1:
        before_each = rf"^``({'|'.join(map(re.escape, names.values()))})``: "
        _, *pairs = re.split(before_each, text, flags=re.MULTILINE)
        texts = dict(zip(pairs[::2], pairs[1::2], strict=True))
    for name in names.values():
        if not texts.get(name, "").strip():
            raise ValueError(
                f"The docstring of {node.func.__name__} does not say what its output '{name}' is. "
                "Say it under 'Returns:'; with several outputs, in paragraphs of which the first "
                f"begins with ``{name}``: and a blank."
            )
    return {output: _markdown(texts[name]) for output, name in names.items()}


def _section_of(docstring: str, title: str) -> str:
    """Take one section out of a docstring in Google's style."""
    found = re.search(rf"^(?:{title}):\n((?: .*\n?|\n)+)", docstring, flags=re.MULTILINE)
    return inspect.cleandoc("\n" + found.group(1)) if found else ""


def _summary(function: object) -> str:
    return (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")


def _markdown(text: str) -> str:
    return text.strip().replace("``", "`")


def _made_entries(pipeline: Pipeline) -> list[Entry]:
    """Describe what the nodes make; what a function makes for several uses, once."""
    entries: dict[tuple[object, str], Entry] = {}
    for node in pipeline.nodes:
        for name, text in _texts(node).items():
            entry = entries.setdefault((node.func, text), Entry([], text, node.func.__name__))
            entry.names.append(name)
    return list(entries.values())


def _texts(node: Node) -> dict[str, str]:
    if all(_is_figure(name) for name in node.outputs):
        return dict.fromkeys(node.outputs, _markdown(_summary(node.func)))
    return described_outputs(node)


def _given_entry(name: str, project: Project) -> Entry:
    """Describe a dataset that no node makes."""
    description = project.entry(name)["metadata"].get("description")
    if not description:
        raise ValueError(
            f"Nothing says what '{name}' is, since no node makes it. "
            "Say it in the catalog, as 'description' under its 'metadata'."
        )
    return Entry([name], _markdown(description))


def _described(entries: list[Entry], project: Project) -> list[str]:
    lines = []
    for entry in entries:
        if not _is_figure(entry.names[0]):
            heading = f"### {', '.join(entry.names)}\n"
            lines += [heading, f"{_facts(entry, project)}\n", f"{entry.text}\n"]
    return lines + _figures(entries)


def _about(name: str, project: Project) -> str:
    summary = _summary(import_module(f"customer_behavior.pipelines.{name}"))
    page = project.page_of(name)
    return f"{summary} [More]({page.name})." if page else summary


def _facts(entry: Entry, project: Project) -> str:
    """Say where it lies, who makes it and who reads it."""
    readers = project.readers(entry.names)
    facts = [
        f"{project.layer(entry.names[0])}: {_listed(map(project.file, entry.names))}",
        project.kind(entry.names[0]),
        f"made by `{entry.maker}`" if entry.maker else "",
        f"read by {', '.join(readers)}" if readers else "read by no pipeline",
    ]
    return " · ".join(filter(None, facts))


def _figures(entries: list[Entry]) -> list[str]:
    figures = [entry for entry in entries if _is_figure(entry.names[0])]
    if not figures:
        return []
    rows = [f"| {_listed(figure.names)} | {figure.text} |" for figure in figures]
    return [
        "### Figures\n",
        "Plotly, as JSON, in `<report_root>/08_reporting`.\n",
        "| figure | what the node does |",
        "|---|---|",
        *rows,
        "",
    ]


def _is_figure(name: str) -> bool:
    return name.endswith("_figure")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
