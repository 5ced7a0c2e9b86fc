"""Parameters of association."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from customer_behavior.parameters import Count, Parameters, Share


def _has_popularity(baselines: list[str]) -> list[str]:
    if "popularity" not in baselines:
        raise ValueError("recommendations.baselines has no popularity: it fills what others leave")
    return baselines


Baselines = Annotated[
    list[Literal["popularity", "last_category", "favourite_categories", "item_item", "als"]],
    AfterValidator(_has_popularity),
]
Weight = Annotated[float, Field(ge=0)]


class RuleParameters(Parameters):
    """Which rules are looked for.

    Attributes:
        largest_basket: Of more items, so many are drawn: a basket has 2^items itemsets.
        least_baskets: Itemsets in fewer baskets of the period ``fit`` are not counted.
        longest_itemset: Items of a rule, the consequent included.
        basket_sizes: Baskets from one of these sizes to the next are compared with each other;
            those with no more items than a rule with their equals only.
        max_false_discovery_rate: Expected share of rules that are none.
        least_expected: Whether a rule replicates can be told from so many expected baskets on.
    """

    largest_basket: Annotated[int, Field(ge=2)]
    least_baskets: Annotated[int, Field(ge=2)]
    longest_itemset: Annotated[int, Field(ge=2, le=4)]
    basket_sizes: Annotated[list[Count], Field(min_length=1)]
    max_false_discovery_rate: Share
    least_expected: Count

    @property
    def strata(self) -> list[int]:
        """The smallest size of each stratum."""
        return sorted({*range(1, self.longest_itemset + 1), *self.basket_sizes})


class EventWeights(Parameters):
    """How much an event of each type says of what a customer wants."""

    view: Weight
    cart: Weight
    purchase: Weight


class AlsParameters(Parameters):
    """Of alternating least squares: the names are those of ``pyspark.ml.recommendation.ALS``.

    Attributes:
        products: It learns so many products, those with the most weight.
    """

    products: Count
    rank: Count
    max_iter: Count
    reg_param: Weight
    alpha: Weight


class RecommendationParameters(Parameters):
    """How products are chosen for customers.

    Attributes:
        number: Products per customer.
        repeats: Whether a product that the customer has bought may be recommended.
        event_weights: Of a view, a cart, a purchase.
        favourite_categories: Of each customer, the strongest so many count.
        price_bounds: Between classes of customers by the price, over the usual one, of what they
            look at.
        smoothing_events: Popularity in a class is drawn to that of all, with the weight of so many.
        baselines: Recommenders that those with rules have to beat; ``popularity`` is one of them.
        products_per_customer: Rivals learn from so many products of a customer, the strongest.
        neighbours: Of a product, so many are kept by the rival item_item.
        als: Of the rival als.
        least_customers: With relevant purchases, on select and on test.
        evaluated_customers: At most so many of each role are measured, by a hash.
    """

    number: Annotated[int, Field(ge=10)]
    repeats: bool
    event_weights: EventWeights
    favourite_categories: Count
    price_bounds: list[float]
    smoothing_events: Count
    baselines: Baselines
    products_per_customer: Annotated[int, Field(ge=2)]
    neighbours: Count
    als: AlsParameters
    least_customers: Count
    evaluated_customers: Count


class AssociationParameters(Parameters):
    """See conf/base/parameters/association.yml.

    Attributes:
        rules: Which rules are looked for.
        recommendations: How products are chosen for customers.
        confidence: Of intervals.
        replicates: Draws of customers for intervals.
        customer_groups: Customers are drawn in so many groups.
        seed: Of draws, and of the rival als.
    """

    rules: RuleParameters
    recommendations: RecommendationParameters
    confidence: Share
    replicates: Annotated[int, Field(ge=2)]
    customer_groups: Annotated[int, Field(ge=2)]
    seed: int
