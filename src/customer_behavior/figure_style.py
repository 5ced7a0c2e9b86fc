"""What the figures have in common."""

from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

#: Colours that people with colour blindness can tell apart (Okabe and Ito 2008).
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#999999"
YELLOW = "#E69F00"

# As faint on white as on the dark page of Kedro-Viz, which replaces the colours of two axes only.
_FAINT_GRID = go.layout.Template(pio.templates["plotly_white"])
for _axis in (_FAINT_GRID.layout.xaxis, _FAINT_GRID.layout.yaxis):
    _axis.gridcolor = "rgba(128, 128, 128, 0.2)"


def finish(figure: go.Figure, title: str, subtitle: str, height: int, **layout: Any) -> go.Figure:
    """Give a figure its title and look, and say so where it shows nothing.

    Args:
        figure: Its traces hold lists: numpy arrays would be written in a binary form that
            Kedro-Viz does not read.
        title: What is seen.
        subtitle: How to read it.
        height: In pixels.
        layout: Further settings of plotly's layout.

    Returns:
        The same figure.
    """
    figure.update_layout(
        title={"text": title, "subtitle": {"text": subtitle}, "x": 0.01, "xanchor": "left"},
        template=_FAINT_GRID,
        height=height,
        margin={"t": 110, "l": 70, "r": 30, "b": 95},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
        **layout,
    )
    if not any(_has_points(trace) for trace in figure.data):
        figure.add_annotation(
            text="too little data", x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False
        )
    return figure


def _has_points(trace: Any) -> bool:
    values = trace.z if trace.type == "heatmap" else trace.x
    return values is not None and len(values) > 0


def error_bars(value: Any, low: Any, high: Any) -> dict[str, Any]:
    """Turn the ends of an interval into plotly's distances from the value."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (high - value).tolist(),
        "arrayminus": (value - low).tolist(),
        "thickness": 1.2,
    }


def words(name: str) -> str:
    """Write a name as people read it: random_forest is random forest."""
    return name.replace("_", " ")
