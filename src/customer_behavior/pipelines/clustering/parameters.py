"""Parameters of clustering."""

from typing import Annotated

from pydantic import Field, model_validator

from customer_behavior.parameters import Count, Parameters, Share

NotNegative = Annotated[float, Field(ge=0)]


class SearchParameters(Parameters):
    """How the number of segments is found.

    Attributes:
        least_segments: The smallest number that is tried.
        most_segments: The largest one.
        customers: At most so many are looked at, by a hash.
        starts: Segments are looked for from at most so many random starts.
        least_stability: Adjusted Rand index between the fits on two halves.
        least_share: Of the customers, in the smallest segment.
    """

    least_segments: Annotated[int, Field(ge=2)]
    most_segments: Count
    customers: Count
    starts: Count
    least_stability: Share
    least_share: Share

    @model_validator(mode="after")
    def _check_order(self) -> "SearchParameters":
        if self.most_segments < self.least_segments:
            raise ValueError("search.most_segments is less than search.least_segments")
        return self


class ClusteringParameters(Parameters):
    """See conf/base/parameters/clustering.yml.

    Attributes:
        least_days: A month has segments from so many days with events on.
        least_customers: And from so many customers on, without bots and one-time visitors.
        smoothing_visits: Rates of a customer are as if so many usual visits had been made, too.
        winsorised_at: Behaviour beyond this quantile counts as this quantile.
        largest_correlation: Of two features that are more alike, one is left out.
        search: How the number of segments is found.
        names: Of segments → feature → 1 (above the mean) or -1 (below it).
        replicates: Draws of customers for intervals.
        customer_groups: Customers are drawn in so many groups.
        seed: Of starts, halves and draws.
    """

    least_days: Count
    least_customers: Count
    smoothing_visits: NotNegative
    winsorised_at: Share
    largest_correlation: Share
    search: SearchParameters
    names: dict[str, dict[str, Annotated[int, Field(ge=-1, le=1)]]]
    replicates: Annotated[int, Field(ge=2)]
    customer_groups: Annotated[int, Field(ge=4)]
    seed: int
