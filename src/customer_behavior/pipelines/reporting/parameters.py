"""Parameters of reporting."""

from typing import Literal

from customer_behavior.parameters import Count, Parameters


class Customer360Parameters(Parameters):
    """What is said of each customer.

    Attributes:
        period_days: Recency, frequency and monetary value look back so many days.
        new_days: A customer who was first seen so many days before the snapshot, or less, is new.
    """

    period_days: Count
    new_days: Count


class CampaignParameters(Parameters):
    """Whom a campaign is for.

    Attributes:
        customers: So many, at the most.
        order_by: Who comes first.
    """

    customers: Count
    order_by: Literal["purchase_probability", "expected_spend"]


class ReportingParameters(Parameters):
    """See conf/base/parameters/reporting.yml."""

    customer_360: Customer360Parameters
    campaign: CampaignParameters
