"""How sure a share is."""

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint


def add_share(
    table: pd.DataFrame, count: str, of: str, confidence: float, name: str = "share"
) -> pd.DataFrame:
    """Add a share and its Wilson score interval (Wilson 1927, JASA 22, 209-212).

    The interval takes the counted things to be independent of each other; several visits of one
    customer are not quite, which makes it somewhat too narrow.

    Args:
        table: Has the columns ``count`` and ``of``.
        count: Name of the column with the number of hits.
        of: Name of the column with the number of trials.
        confidence: Such as 0.95.
        name: Name of the new column.

    Returns:
        The table with ``<name>``, ``<name>_low`` and ``<name>_high``, which are empty where there
        was no trial.
    """
    # No trial says as much as one that is left out: nothing is divided by 0.
    trials = table[of].astype(float).where(table[of] > 0)
    low, high = proportion_confint(table[count].astype(float), trials, 1 - confidence, "wilson")
    return table.assign(
        **{
            name: table[count] / trials,
            f"{name}_low": np.asarray(low, dtype=float),
            f"{name}_high": np.asarray(high, dtype=float),
        }
    )
