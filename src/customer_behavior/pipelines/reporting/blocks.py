"""What a section of the report is made of: plain dicts, which the template draws.

Every block with a number names the dataset that the number comes from.
"""

import json
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from jinja2.utils import htmlsafe_json_dumps

from customer_behavior.pipelines.reporting.wording import text_of

Block = dict[str, Any]

#: Tables of the report are for reading: the rest is in their dataset.
MOST_ROWS = 25
#: As written into the page: some twenty figures of this size and plotly stay under 10 MB.
MOST_FIGURE_BYTES = 200_000


def heading(text: str) -> Block:
    """Begin a part of a section."""
    return {"kind": "heading", "text": text}


def paragraph(text: str) -> Block:
    """Say something without a number."""
    return {"kind": "paragraph", "text": text}


def bullets(title: str, texts: Sequence[str]) -> Block:
    """List sentences."""
    return {"kind": "bullets", "title": title, "texts": list(texts)}


def facts(dataset: str, pairs: Sequence[tuple[str, str]]) -> Block:
    """List names with what is known of them."""
    return {"kind": "facts", "dataset": dataset, "pairs": [list(pair) for pair in pairs]}


def table(
    caption: str,
    dataset: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    texts: Sequence[str] = (),
    sources: dict[str, str] | None = None,
    total: Sequence[Any] | None = None,
    most_rows: int = MOST_ROWS,
) -> Block:
    """Make a table; its first column names the row.

    Args:
        caption: What is seen.
        dataset: Where the numbers come from.
        columns: Their names.
        rows: The cells, written as they are to be read.
        texts: Columns that hold words, besides the first.
        sources: Columns that come from another dataset.
        total: The last row, which adds up the others.
        most_rows: How many rows are shown at most.
    """
    sources = sources or {}
    return {
        "kind": "table",
        "caption": caption,
        "dataset": dataset,
        "columns": [
            {
                "name": name,
                "is_text": place == 0 or name in texts,
                "dataset": sources.get(name, dataset),
            }
            for place, name in enumerate(columns)
        ],
        "rows": [[text_of(cell) for cell in row] for row in rows[:most_rows]],
        "total": total and [text_of(cell) for cell in total],
        "is_cut": len(rows) > most_rows,
    }


def figure(dataset: str, drawn: go.Figure | None) -> list[Block]:
    """Take a figure as it was drawn, without its title and plotly's template.

    The report writes the title as text, which wraps on a phone and is read aloud, and has one
    template for all, in light and dark.

    Args:
        dataset: Its name.
        drawn: The figure; None where it has not been made.

    Returns:
        One block; none without a figure.
    """
    if drawn is None:
        return []
    content = json.loads(drawn.to_json())
    layout = content["layout"]
    title = layout.pop("title", {})
    layout.pop("template", None)
    is_too_large = len(htmlsafe_json_dumps(content)) > MOST_FIGURE_BYTES
    return [
        {
            "kind": "figure",
            "dataset": dataset,
            "title": title.get("text", dataset),
            "subtitle": title.get("subtitle", {}).get("text", ""),
            "height": layout.setdefault("height", 450),
            "content": None if is_too_large else content,
        }
    ]


def section(title: str, lead: str | None, state: dict[str, Any], blocks: Sequence[Block]) -> Block:
    """Make a section; without its blocks where its state says that they are not to be shown.

    Args:
        title: Its heading.
        lead: The question that it answers; None where a model card says it.
        state: From ``judge``.
        blocks: What it shows.
    """
    return {
        "title": title,
        "lead": lead,
        "note": state["note"],
        "command": state["command"],
        "blocks": list(blocks) if state["is_shown"] else [],
    }
