"""Whom a campaign is for."""

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.reporting.parameters import ReportingParameters

_COLUMNS = (
    "user_id", "snapshot_date", "segment", "purchase_probability", "expected_spend",
    "days_since_last_visit", "recency_days", "frequency", "monetary_value", "is_new",
    "favourite_category",
)  # fmt: skip


def choose_campaign_customers(
    customer_360: DataFrame, parameters: ReportingParameters
) -> pd.DataFrame:
    """Take the customers at the top of a list, to be loaded into a mailing tool.

    Args:
        customer_360: One row per user_id.
        parameters: ``campaign``: how many, and by what they are ordered.

    Returns:
        One row per customer, first ones first: ``place`` (from 1) and the columns of customer_360
        that a mailing can use. Without suspected programs, and those of whom ``order_by`` is not
        known.
    """
    campaign = parameters.campaign
    recommended = [name for name in customer_360.columns if name.startswith("recommended_")]
    first = (
        customer_360.filter(~F.col("is_suspected_bot") & F.col(campaign.order_by).isNotNull())
        .orderBy(F.desc(campaign.order_by), F.asc_nulls_last("purchase_rank"), "user_id")
        .limit(campaign.customers)
        .select(*_COLUMNS, *recommended)
        .toPandas()
    )
    whole = dict.fromkeys(["recency_days", *(c for c in recommended if "product" in c)], "Int64")
    first.insert(0, "place", range(1, len(first) + 1))
    return first.astype(whole)
