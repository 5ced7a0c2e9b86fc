"""Parameters of recovery."""

from customer_behavior.parameters import Count, Parameters


class RecoveryParameters(Parameters):
    """Parameters of recovery: see conf/base/parameters/recovery.yml."""

    customers: Count
