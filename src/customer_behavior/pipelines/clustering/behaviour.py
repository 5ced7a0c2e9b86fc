"""From counts of a month to behaviour on scales that can be compared."""

from dataclasses import dataclass, field
from itertools import combinations

from pyspark.ml.feature import SQLTransformer
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from customer_behavior.pipelines.clustering.parameters import ClusteringParameters

_PERCENTILE_ACCURACY = 10_000
_LEAST_DEVIATION = 1e-9


@dataclass(frozen=True)
class Ratio:
    """A feature: one sum over another.

    Attributes:
        above: SQL of columns of customer_months.
        below: The same.
        is_rate: Of few visits it says little: usual visits are added to a customer's.
    """

    above: str
    below: str = "1"
    is_rate: bool = False

    def sql(self, added: float = 0, rate: float = 0) -> str:
        """SQL of the feature, 0 where there is nothing to divide by."""
        # Rounded: the last digits of a sum depend on the order of its terms.
        above, below = f"CAST({added * rate:.9g} AS DOUBLE)", f"CAST({added:.9g} AS DOUBLE)"
        return f"COALESCE(TRY_DIVIDE({self.above} + {above}, {self.below} + {below}), 0D)"


#: What is known of a customer's month. The first of two that are alike is kept.
FEATURES = {
    "visits": Ratio("visits"),
    "active_minutes_per_visit": Ratio("active_seconds / 60", "visits"),
    "events_per_visit": Ratio("views + carts + purchases", "visits"),
    "views_per_product": Ratio("views", "products"),
    "cart_rate": Ratio("cart_visits", "visits", is_rate=True),
    "cart_conversion": Ratio("purchase_visits", "intent_visits", is_rate=True),
    "purchases_per_visit": Ratio("purchases", "visits", is_rate=True),
    "repeat_product_share": Ratio("repeat_products", "products"),
    "active_days": Ratio("active_days"),
    "recency_days": Ratio("recency_days"),
}
#: Customers that rules put into a segment, before anything is fitted.
ONE_TIME, BOTS = "One-Time Visitors", "Bots"
BY_RULE = (
    f"CASE WHEN is_suspected_bot THEN '{BOTS}' "
    f"WHEN views + carts + purchases = 1 THEN '{ONE_TIME}' END"
)


@dataclass(frozen=True)
class Behaviour:
    """The features that segments are made of.

    Attributes:
        stage: Adds ``{feature}_z`` of those that are kept to rows of customer_months.
        kept: Names of these features.
        left_out: The others, and why.
    """

    stage: SQLTransformer
    kept: list[str]
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Columns that the stage adds."""
        return [scaled(name) for name in self.kept]


def scaled(feature: str) -> str:
    """Column with a feature: winsorised, its logarithm taken, standardised."""
    return f"{feature}_z"


def fit_behaviour(customer_months: DataFrame, settings: ClusteringParameters) -> Behaviour:
    """Learn rates, quantiles, means and deviations.

    Args:
        customer_months: Of the customers and the month that scales are made of.
        settings: ``smoothing_visits``, ``winsorised_at``, ``largest_correlation``.

    Returns:
        What makes features on common scales.
    """
    added = settings.smoothing_visits
    rates = customer_months.agg(
        *(F.expr(f"TRY_DIVIDE(SUM({x.above}), SUM({x.below}))") for x in FEATURES.values())
    ).first()
    features = {
        name: ratio.sql(added, rate or 0.0) if ratio.is_rate else ratio.sql()
        for (name, ratio), rate in zip(FEATURES.items(), rates, strict=True)
    }
    values = customer_months.selectExpr(*(f"{sql} AS {name}" for name, sql in features.items()))
    largest = values.agg(
        *(
            F.percentile_approx(name, settings.winsorised_at, _PERCENTILE_ACCURACY).alias(name)
            for name in features
        )
    ).first()
    logarithms = {
        name: f"LN(1 + LEAST({sql}, CAST({largest[name] or 0.0:.9g} AS DOUBLE)))"
        for name, sql in features.items()
    }
    found = (
        customer_months.selectExpr(*(f"{sql} AS {name}" for name, sql in logarithms.items()))
        .agg(
            *(F.mean(name).alias(f"{name}_mean") for name in features),
            *(F.stddev(name).alias(f"{name}_sd") for name in features),
            *(
                _correlation(one, other).alias(f"{one} {other}")
                for one, other in combinations(features, 2)
            ),
        )
        .first()
    )
    kept, left_out = _choose({name: found[f"{name}_sd"] for name in features}, found, settings)
    scales = [
        f"({logarithms[name]} - CAST({found[f'{name}_mean']:.9g} AS DOUBLE)) "
        f"/ CAST({found[f'{name}_sd']:.9g} AS DOUBLE) AS {scaled(name)}"
        for name in kept
    ]
    statement = f"SELECT {', '.join(['*', *scales])} FROM __THIS__"
    return Behaviour(SQLTransformer(statement=statement), kept, left_out)


def _correlation(one: str, other: str) -> Column:
    """Pearson's; null where all are alike (CORR is an error there in Spark 3.5)."""
    return F.try_divide(F.covar_pop(one, other), F.stddev_pop(one) * F.stddev_pop(other))


def _choose(
    deviations: dict[str, float | None], found: Row, settings: ClusteringParameters
) -> tuple[list[str], dict[str, str]]:
    kept: list[str] = []
    left_out = {}
    for name, deviation in deviations.items():
        if not deviation or deviation < _LEAST_DEVIATION:
            left_out[name] = "all customers are alike in it"
            continue
        alike = [k for k in kept if abs(found[f"{k} {name}"] or 0) > settings.largest_correlation]
        if alike:
            left_out[name] = f"goes with {alike[0]} (correlation {found[f'{alike[0]} {name}']:.2f})"
        else:
            kept.append(name)
    return kept, left_out
