"""The rows that models are fitted on, and a look at each column by itself."""

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from scipy.stats import rankdata

from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.stages import FOLD, TargetRates, rate_of

_HASHES = 2.0**63


def usable_rows(examples: DataFrame, *roles: str, settings: ClassificationParameters) -> DataFrame:
    """Take the rows of some roles that models see at all, with ``role`` and ``label`` (0 or 1)."""
    label = F.col(settings.label).cast("int").cast("double")
    return examples.withColumns({"role": F.expr(settings.role), "label": label}).filter(
        F.col("role").isin(*roles) & F.expr(settings.usable)
    )


def select_training_rows(examples: DataFrame, settings: ClassificationParameters) -> DataFrame:
    """Take all positives of the role train, and so many negatives.

    Which negatives is decided by a hash of their keys, so that it does not depend on the order of
    the rows; and so are the folds of customers.

    Args:
        examples: One row per ``keys``.
        settings: ``training.negatives_per_positive`` and ``training.folds``.

    Returns:
        One row per ``keys`` (``user_id, snapshot_date`` or ``user_id, user_session, k``) of the
        role train, without suspected programs: all with the label, and at most
        ``negatives_per_positive`` others for each.

        - the features: as in the table that they come from.
        - ``label`` (double): 1 where a purchase followed.
        - ``weight`` (double): how many rows of the role it stands for.
        - ``fold`` (int): part of the customers, by a hash of ``user_id``; rates of brands and
          categories come from the other folds.

    Raises:
        ValueError: If a feature is no column of the table.
    """
    columns = dict.fromkeys([*settings.keys, *settings.features.columns, "label"])
    if unknown := [name for name in settings.features.columns if name not in examples.columns]:
        raise ValueError(
            f"{settings.task}: the features {', '.join(unknown)} are no columns of its table. Run "
            "feature_engineering again, or correct conf/base/parameters/classification.yml."
        )
    rows = usable_rows(examples, "train", settings=settings).select(*columns)
    share = F.broadcast(rows.agg(_share_of_negatives(settings).alias("share")))
    is_positive = F.col("label") == 1
    return (
        rows.crossJoin(share)
        .filter(is_positive | (_uniform(*settings.keys) < F.col("share")))
        .withColumns(
            {
                "weight": F.when(is_positive, 1.0).otherwise(1 / F.col("share")),
                FOLD: F.pmod(F.xxhash64("user_id"), F.lit(settings.training.folds)).cast("int"),
            }
        )
        .drop("share")
    )


def _share_of_negatives(settings: ClassificationParameters) -> Column:
    positives, negatives = (F.count_if(F.col("label") == label) for label in (1, 0))
    wanted = settings.training.negatives_per_positive * positives
    return F.coalesce(F.least(F.try_divide(wanted, negatives), F.lit(1.0)), F.lit(1.0))


def _uniform(*columns: str) -> Column:
    """A number from 0 to 1 that depends on the columns alone."""
    return F.abs(F.xxhash64(*columns, F.lit("negatives")) / F.lit(_HASHES))


def check_single_features(
    training_rows: DataFrame, settings: ClassificationParameters
) -> pd.DataFrame:
    """See how well each column alone tells positives from negatives; too well is a leak.

    Args:
        training_rows: One row per ``keys``, on at most ``training.single_auc_rows`` of which, those
            with the smallest hashes, it is measured.
        settings: ``training.largest_single_auc``; of fewer than ``least_positives`` rows with or
            without a purchase nothing is said, since chance alone tells them apart.

    Returns:
        One row per feature: ``feature``, ``values`` (distinct ones), ``roc_auc`` (below 0.5 where
        large values mean no purchase; of text by the rate of its value, out of fold). It is null
        where there are not both labels.

    Raises:
        ValueError: If a feature alone is better than ``largest_single_auc``; it names them.
    """
    features, limit = settings.features, settings.training.single_auc_rows
    text = [name for name in features.columns if dict(training_rows.dtypes)[name] == "string"]
    rates = TargetRates(expressions={rate_of(name): name for name in text}, smoothing=1.0)
    rows = (
        (rates.fit(training_rows).transform(training_rows) if text else training_rows)
        .orderBy(F.xxhash64(*settings.keys), *settings.keys)
        .limit(limit)
        .toPandas()
    )
    table = pd.DataFrame(
        [
            {
                "feature": name,
                "values": rows[name].nunique(),
                "roc_auc": _roc_auc(rows[rate_of(name) if name in text else name], rows["label"]),
            }
            for name in features.columns
        ],
        columns=["feature", "values", "roc_auc"],
    )
    is_leak = (table["roc_auc"] - 0.5).abs() + 0.5 > settings.training.largest_single_auc
    are_enough = min((rows["label"] == label).sum() for label in (0, 1)) >= settings.least_positives
    if are_enough and is_leak.any():
        named = ", ".join(f"{x.feature} ({x.roc_auc:.3f})" for x in table[is_leak].itertuples())
        raise ValueError(
            f"Each of these columns alone tells who buys, with a ROC-AUC above "
            f"{settings.training.largest_single_auc}: {named}. Most probably it knows the future: "
            "see how it is made, or take it out of the features in "
            "conf/base/parameters/classification.yml."
        )
    return table


def _roc_auc(values: pd.Series, label: pd.Series) -> float:
    """Area under the curve from ranks (Mann and Whitney 1947); a null is less than all numbers."""
    positives = label.sum()
    negatives = len(label) - positives
    if not positives or not negatives:
        return np.nan
    ranks = rankdata(values.astype(float).fillna(-np.inf))
    return float(
        (ranks[label == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    )
