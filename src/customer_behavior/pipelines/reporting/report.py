"""The report: one HTML file that needs nothing else."""

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from customer_behavior.pipelines.reporting.blocks import Block
from customer_behavior.pipelines.reporting.states import judge
from customer_behavior.pipelines.reporting.wording import count, period

_TEMPLATES = Environment(
    loader=PackageLoader("customer_behavior.pipelines.reporting"),
    # Names of brands and categories come from the data.
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_report(
    ingestion_ledger: dict[str, Any], headlines: dict[str, Any] | None = None, *sections: Block
) -> str:
    """Write the report.

    Args:
        ingestion_ledger: Says which input is the current one, and of which files and months.
        headlines: The first numbers to see; None where they have not been made.
        sections: In the order of the report.

    Returns:
        An HTML page with its styles, figures and plotly inside; it loads nothing.
    """
    state = judge(headlines and {"status": "ok"} | headlines, "reporting", ingestion_ledger)
    return _TEMPLATES.get_template("report.html.j2").render(
        source=_source(ingestion_ledger),
        headlines=headlines["headlines"] if headlines and state["is_shown"] else [],
        headlines_state=state,
        sections=[{**section, "id": _identifier(section["title"])} for section in sections],
        plotly=get_plotlyjs(),
    )


def _source(ingestion_ledger: dict[str, Any]) -> dict[str, str]:
    entries = ingestion_ledger["entries"]
    months = sorted({entry["event_month"] for entry in entries} - {"unknown"})
    files = len({entry["source_file"] for entry in entries})
    return {
        "id": ingestion_ledger["source_id"][:12],
        "files": f"{count(files)} {'file' if files == 1 else 'files'}",
        "events": count(ingestion_ledger["total"]["rows_kept"]),
        "months": period(months),
    }


def _identifier(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
