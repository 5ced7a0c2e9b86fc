"""Rules beside the planted pairs of categories."""

import pandas as pd
import pytest
import yaml

from association import association_parameters
from conftest import PROJECT
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.recovery.rules import measure_rule_recovery

INGESTION = {"source_id": "abc", "status": "ok"}
EVALUATION = {"source_id": "abc", "status": "ok"}
RULES = "antecedent array<string>, consequent string, lift_low double, lift_high double"
PLANTED = pd.DataFrame(
    [("a.x", "b.x", 5.0), ("a.y", "c.x", 3.0), ("b.y", "c.y", 4.0)],
    columns=["first_code", "second_code", "lift"],
)


def recover(spark, measured, sure, affinities=PLANTED, **baskets):
    text = (PROJECT / "conf/base/parameters/feature_engineering.yml").read_text()
    settings = yaml.safe_load(text)["feature_engineering"]
    settings["baskets"] |= baskets
    return measure_rule_recovery(
        INGESTION,
        EVALUATION,
        spark.createDataFrame(measured, RULES),
        spark.createDataFrame(sure, RULES),
        affinities,
        association_parameters(),
        FeatureParameters.model_validate(settings),
    )


def test_planted_pairs_are_found_in_either_direction_and_others_are_false(spark):
    sure = [
        (["b.x"], "a.x", 4.0, 6.0),  # planted, the other way round
        (["a.y"], "c.x", 1.5, 2.5),  # planted, its interval misses 3
        (["c.x"], "a.y", 1.5, 2.5),
        (["a.x"], "c.z", 1.2, 2.0),  # not planted
        (["a.x", "a.y"], "c.q", 1.2, 2.0),  # not a pair
    ]

    found = recover(spark, measured=sure, sure=sure)

    assert (found["planted"], found["found"], found["pairs_in_rules"]) == (3, 2, 3)
    assert found["missed"] == [["b.y", "c.y"]]
    assert found["found_share"]["value"] == pytest.approx(2 / 3)
    assert found["false_discovery_share"]["value"] == pytest.approx(1 / 3)
    assert found["coverage"]["value"] == pytest.approx(1 / 2)


def test_a_planted_pair_that_is_not_sure_counts_for_the_coverage_only(spark):
    found = recover(spark, measured=[(["a.x"], "b.x", 0.5, 6.0)], sure=[])

    assert found["found"] == 0
    assert found["coverage"]["value"] == 1
    assert found["false_discovery_share"]["value"] is None


def test_a_shop_without_affinities_has_nothing_to_find(spark):
    found = recover(spark, [], [(["a.x"], "c.z", 1.2, 2.0)], affinities=PLANTED.head(0))

    assert found["found_share"]["value"] is None
    assert found["false_discovery_share"]["value"] == 1


@pytest.mark.parametrize("baskets", [{"item": "brand"}, {"event_types": ["view"]}])
def test_other_baskets_are_not_compared_with_pairs_of_purchased_categories(spark, baskets):
    found = recover(spark, [], [], **baskets)

    assert found["status"] == "no planted truth"
    assert "baskets hold something else" in found["reason"]
