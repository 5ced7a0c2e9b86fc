"""Numbers, intervals and periods as people read them; the same everywhere in the report."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from customer_behavior.figure_style import words as words  # for figures and text alike

#: What stands where there is no number.
NOTHING = "\N{EN DASH}"
_LONGEST_TEXT = 300


def count(value: float | None) -> str:
    """Write a number of things: 214,303."""
    return NOTHING if _is_missing(value) else _signed(f"{value:,.0f}")


def percent(value: float | None) -> str:
    """Write a share as percents: .0487 is 4.9 %, .00073 is 0.07 %, .00002 is < 0.01 %."""
    if _is_missing(value):
        return NOTHING
    if 0 < abs(value) < 0.0001:
        return "<\N{NO-BREAK SPACE}0.01\N{NO-BREAK SPACE}%"
    decimals = 0 if value == 0 else 2 if abs(value) < 0.001 else 1
    return _signed(f"{100 * value:.{decimals}f}\N{NO-BREAK SPACE}%")


def amount(value: float | None) -> str:
    """Write an amount of money, whose currency the data do not say: 961,616 or 2.50."""
    if _is_missing(value):
        return NOTHING
    is_whole = abs(value) >= 100 or value == round(value)
    return _signed(f"{value:,.{0 if is_whole else 2}f}")


def measure(value: float | None) -> str:
    """Write a measure to three digits: .383, 1.05, 26.5, 961."""
    if _is_missing(value):
        return NOTHING
    if value == 0:
        return "0"
    size = abs(value)
    decimals = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.9995 else 3
    text = f"{value:,.{decimals}f}"
    return _signed(text.replace("0.", ".", 1) if size < 0.9995 else text)


def interval(summary: Mapping[str, Any] | None, write: Callable[[float], str] = measure) -> str:
    """Write a value with its interval: .383 [.370, .397].

    Args:
        summary: ``value``, ``low``, ``high``.
        write: How one number is written.
    """
    if summary is None or _is_missing(summary["value"]):
        return NOTHING
    value, low, high = (summary[name] for name in ("value", "low", "high"))
    if _is_missing(low) or _is_missing(high):
        return write(value)
    return f"{write(value)} [{write(low)}, {write(high)}]"


def share_of(summary: Mapping[str, Any] | None) -> str:
    """Write a share and its interval as percents: 79 % [71 %, 89 %]."""
    return interval(summary, lambda value: _signed(f"{100 * value:.0f}\N{NO-BREAK SPACE}%"))


def period(ends: Sequence[Any] | None) -> str:
    """Write the first and the last of some times, without seconds; one where they are the same."""
    if not ends:
        return NOTHING
    first, last = (moment(end) for end in (ends[0], ends[-1]))
    return first if first == last else f"{first} to {last}"


def moment(value: Any) -> str:
    """Write a day, or a time to the minute."""
    text = str(value)
    return text[:16] if len(text) > 10 else text


def text_of(value: Any) -> str:
    """Write a text of the data, cut where it is longer than a cell should be."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _is_missing(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _signed(text: str) -> str:
    """A minus that is as wide as a plus, and none before zero."""
    if not text.startswith("-"):
        return text
    return f"\N{MINUS SIGN}{text[1:]}" if any(digit in text for digit in "123456789") else text[1:]
