from datetime import date

import pytest

from classification import LEDGER, small_parameters
from customer_behavior.pipelines.classification.contact_policy import choose_contact_policy

EXAMPLES = (
    "user_id long, snapshot_date date, role string, purchased_next boolean, "
    "is_suspected_bot boolean"
)
PREDICTIONS = "user_id long, snapshot_date date, role string, probability double"
# Probability and whether a purchase followed.
CALIBRATE = [(0.9, True), (0.6, True), (0.3, False), (0.1, False)]
TEST = [(0.8, True), (0.7, False), (0.5, True), (0.2, False)]


@pytest.fixture
def policy_of(spark):
    def policy(calibrate=CALIBRATE, test=TEST, **contact):
        settings = small_parameters(
            contact={"margin": 10, "cost_per_contact": 2, "budget": 7} | contact
        )
        rows = [
            (user, date(2019, 11, 17), role, *row)
            for role, of_role in (("calibrate", calibrate), ("test", test))
            for user, row in enumerate(of_role)
        ]
        # Users are the same in both roles; the dates tell them apart.
        rows = [(user, day.replace(day=10 if role == "calibrate" else 17), role, p, y)
                for user, day, role, p, y in rows]  # fmt: skip
        predictions = spark.createDataFrame([row[:4] for row in rows], PREDICTIONS)
        examples = spark.createDataFrame([(*row[:3], row[4], False) for row in rows], EXAMPLES)
        return choose_contact_policy(predictions, examples, {"status": "ok"}, LEDGER, settings)

    return policy


def test_the_threshold_is_where_profit_was_highest_on_calibrate(policy_of):
    best = policy_of()["best_threshold"]

    # Contacts bring 8, 16, 14, 12: the second is the last that pays.
    assert best["profit_on_calibrate"] == 16
    assert best["threshold"] == pytest.approx(0.6, abs=0.002)


def test_all_above_the_threshold_are_contacted_on_test(policy_of):
    best = policy_of()["best_threshold"]

    assert best["contacts"] == 2
    assert best["expected_profit"] == pytest.approx(10 * (0.8 + 0.7) - 2 * 2)
    assert best["realised_profit"]["value"] == pytest.approx(10 * 1 - 2 * 2)


def test_a_budget_takes_the_most_likely_ones_that_it_pays_for(policy_of):
    budget = policy_of(budget=7)["budget"]

    assert budget["contacts"] == 3
    assert budget["expected_profit"] == pytest.approx(10 * (0.8 + 0.7 + 0.5) - 2 * 3)
    assert budget["realised_profit"]["value"] == pytest.approx(10 * 2 - 2 * 3)


def test_a_budget_for_more_than_there_are_contacts_everybody(policy_of):
    policies = policy_of(budget=1000)

    assert policies["budget"] == policies["everybody"]
    assert policies["everybody"]["contacts"] == 4
    assert policies["everybody"]["expected_profit"] == pytest.approx(10 * 2.2 - 2 * 4)
    assert policies["everybody"]["realised_profit"]["value"] == pytest.approx(10 * 2 - 2 * 4)


def test_a_budget_pays_for_as_many_as_it_is_a_multiple_of_the_cost(policy_of):
    # In floats, 0.3 // 0.1 is 2.
    assert policy_of(budget=0.3, cost_per_contact=0.1)["budget"]["contacts"] == 3


def test_who_has_many_rows_is_contacted_at_one_of_them(policy_of):
    everybody = policy_of(when="user_id < 2")["everybody"]

    assert everybody["contacts"] == 2
    assert everybody["realised_profit"]["value"] == pytest.approx(10 * 1 - 2 * 2)


def test_nobody_is_contacted_where_nothing_pays(policy_of):
    best = policy_of(test=[*TEST, (0.99, True)], margin=1)["best_threshold"]

    assert (best["contacts"], best["expected_profit"], best["profit_on_calibrate"]) == (0, 0, 0)
    assert best["realised_profit"] == {"value": 0, "low": 0, "high": 0}


def test_profit_has_an_interval_over_customers(policy_of):
    buyers = [(0.8, user % 2 == 0) for user in range(40)]

    realised = policy_of(test=buyers)["everybody"]["realised_profit"]

    assert realised["value"] == 10 * 20 - 2 * 40
    assert realised["low"] < realised["value"] < realised["high"]


def test_what_is_reported_goes_with_the_numbers_it_was_chosen_by(policy_of):
    policies = policy_of()

    assert (policies["source_id"], policies["status"]) == ("abc", "ok")
    assert policies["contact"] == {
        "when": "true", "margin": 10, "cost_per_contact": 2, "budget": 7,
    }  # fmt: skip
