"""Scores of many rows, counted in bins: what all measures and their intervals are made from.

Ranking two scores needs to know which is larger, and no more: a bin holds scores whose log-odds are
equal to two decimals. Customers are put into groups at random; a bootstrap draws groups, so that
rows of one customer stay together, and Spark counts only once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_BINS_PER_UNIT = 100
_LEAST = 1e-9
HIGHEST_BIN = round(_BINS_PER_UNIT * float(np.log((1 - _LEAST) / _LEAST)))
_SUMS = ("rows", "positives", "probability", "squared_error", "log_loss")


@dataclass(frozen=True)
class BinnedScores:
    """Sums over the rows of each group of customers (row) and bin (column), the best bin first.

    Attributes:
        rows: How many rows.
        positives: How many of them have the label 1.
        probability: Sum of the predicted probabilities.
        squared_error: Sum of (probability - label)².
        log_loss: Sum of minus the logarithm of the probability of what happened.
    """

    rows: NDArray[np.float64]
    positives: NDArray[np.float64]
    probability: NDArray[np.float64]
    squared_error: NDArray[np.float64]
    log_loss: NDArray[np.float64]

    @classmethod
    def of(cls, counts: pd.DataFrame, groups: int) -> "BinnedScores":
        """Spread one scorer's rows of ``count_scores`` over groups and bins."""
        bins, column = np.unique(-counts["bin"].to_numpy(dtype=np.int64), return_inverse=True)
        place = counts["customer_group"].to_numpy(dtype=np.int64) * len(bins) + column
        size = groups * len(bins)
        return cls(
            *(
                np.bincount(place, counts[name].to_numpy(dtype=float), size).reshape(groups, -1)
                for name in _SUMS
            )
        )

    def drawn(self, draws: NDArray[np.float64]) -> "BinnedScores":
        """Add up the groups, each as often as each draw (a row of ``draws``) says."""
        return BinnedScores(*(draws @ getattr(self, name) for name in _SUMS))


def customer_group(groups: int) -> Column:
    """The group of a customer, by a hash of ``user_id``."""
    return F.pmod(F.xxhash64("user_id", F.lit("group")), F.lit(groups)).cast("int")


def count_scores(
    rows: DataFrame, scorers: Mapping[str, tuple[str, str]], slices: Sequence[str] = ()
) -> pd.DataFrame:
    """Count scores in bins, all scorers and slices in one pass.

    Args:
        rows: ``customer_group``, ``label`` (0 or 1), the columns of the scorers and slices.
        scorers: By name, the column that ranks and the column with the probability, both from 0
            to 1.
        slices: Columns by whose values is counted too; a null is left out.

    Returns:
        One row per (scorer, slice, value, customer_group, bin); ``slice`` and ``value`` are empty
        where all rows are counted. ``rows``, ``positives`` and sums as in ``BinnedScores``.
    """
    each_scorer = F.explode(
        F.array(
            *(
                F.struct(
                    F.lit(name).alias("scorer"),
                    _bin(F.col(score)).alias("bin"),
                    F.col(probability).cast("double").alias("probability"),
                )
                for name, (score, probability) in scorers.items()
            )
        )
    )
    each_slice = F.explode(
        F.array(
            F.struct(F.lit("").alias("slice"), F.lit("").alias("value")),
            *(
                F.struct(F.lit(name).alias("slice"), F.col(name).cast("string").alias("value"))
                for name in slices
            ),
        )
    )
    spread = (
        rows.select("customer_group", "label", *slices, each_scorer.alias("scored"))
        .select("customer_group", "label", "scored.*", each_slice.alias("part"))
        .filter(F.col("part.value").isNotNull())
    )
    keys = ("scorer", "slice", "value", "customer_group", "bin")
    return (
        spread.select("customer_group", "label", "scorer", "bin", "probability", "part.*")
        .groupBy(*keys)
        .agg(*_sums())
        .toPandas()
        .sort_values(list(keys), ignore_index=True)
    )


def of_scorer(
    counts: pd.DataFrame, scorer: str, part: str = "", value: str | None = None
) -> pd.DataFrame:
    """Take the rows of ``count_scores`` of a scorer in a slice, of all values or of one."""
    is_wanted = (counts["scorer"] == scorer) & (counts["slice"] == part)
    return counts[is_wanted if value is None else is_wanted & (counts["value"] == value)]


def part_among_best(rows: NDArray[np.float64], number: Any) -> NDArray[np.float64]:
    """Tell which part of each bin is among the best ``number`` rows, by the rows of the bins.

    Of the bin that they end in, as much counts as is needed.
    """
    taken = np.clip(number - (rows.cumsum(axis=-1) - rows), 0, rows)
    return np.divide(taken, rows, out=np.zeros_like(taken), where=rows > 0)


def _bin(score: Column) -> Column:
    inside = F.greatest(F.least(score.cast("double"), F.lit(1 - _LEAST)), F.lit(_LEAST))
    return F.round(F.log(inside / (1 - inside)) * _BINS_PER_UNIT).cast("int")


def _sums() -> list[Column]:
    probability, label = F.col("probability"), F.col("label")
    of_what_happened = F.when(label == 1, probability).otherwise(1 - probability)
    return [
        F.count("*").alias("rows"),
        F.sum("label").alias("positives"),
        F.sum("probability").alias("probability"),
        F.sum(F.pow(probability - label, F.lit(2.0))).alias("squared_error"),
        F.sum(-F.log(F.greatest(of_what_happened, F.lit(_LEAST)))).alias("log_loss"),
    ]


def lowest_score_of_bin(number: int) -> float:
    """The score that a bin begins at."""
    return float(1 / (1 + np.exp(-(number - 0.5) / _BINS_PER_UNIT)))
