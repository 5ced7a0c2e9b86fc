"""The picture of the pipelines: a box for each, an arrow for what one hands to another."""

from project_parts import Project

#: An arrow has so many lines; where it does not name all datasets, the last says how many are left.
_NAMED = 4


def pipeline_picture(project: Project) -> str:
    """Draw the pipelines and the datasets that cross between them.

    What more than half of the pipelines read is named below the picture, not drawn.

    Returns:
        A Mermaid flowchart in Markdown.
    """
    crossing = _crossing_datasets(project)
    everywhere = _read_everywhere(crossing, project)
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"    {name}[{name}]" for name in project.pipelines]
    for (maker, reader), names in crossing.items():
        if drawn := [name for name in names if name not in everywhere]:
            lines.append(f'    {maker} -->|"{_label(drawn)}"| {reader}')
    lines += ["```", ""]
    if everywhere:
        listed = ", ".join(f"`{name}`" for name in everywhere)
        lines += [f"Not drawn, since most pipelines read it: {listed}.", ""]
    return "\n".join(lines)


def _crossing_datasets(project: Project) -> dict[tuple[str, str], list[str]]:
    """Name the datasets by the pipeline that makes and one that reads them."""
    crossing = {}
    for maker, made in project.pipelines.items():
        outputs = [name for node in made.nodes for name in node.outputs]
        for reader, pipeline in project.pipelines.items():
            read = {name for node in pipeline.nodes for name in node.inputs}
            if reader != maker and (names := [name for name in outputs if name in read]):
                crossing[maker, reader] = names
    return crossing


def _read_everywhere(crossing: dict[tuple[str, str], list[str]], project: Project) -> list[str]:
    names = [name for crossed in crossing.values() for name in crossed]
    half = len(project.pipelines) / 2
    return [name for name in dict.fromkeys(names) if names.count(name) > half]


def _label(names: list[str]) -> str:
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    return "<br>".join(names)
