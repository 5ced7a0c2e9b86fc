import pytest

from customer_behavior.pipelines.reporting.headlines import choose_headlines

LEDGER = {"source_id": "current", "total": {"rows_kept": 1234}}
SUMMARY = {
    "source_id": "current",
    "snapshot_date": "2019-12-01",
    "label_end": "2019-12-08",
    "tables": {"customer_days": {"status": "ok"}},
    "model_source_ids": {"propensity": "current", "spend": None, "recommendations": None},
    "scored_customers": 10,
    "expected_purchases": 2.5,
}
OTHER_CUSTOMERS = SUMMARY | {"source_id": "other", "model_source_ids": {"propensity": "earlier"}}
EXPLORED = {
    "source_id": "current",
    "status": "ok",
    "customers": 300,
    "revenue": 4567.8,
    "conversion": {"value": 0.068, "low": 0.066, "high": 0.071},
}


def evaluation(source_id="current", champion="random_forest", status="ok"):
    def measure(value):
        return {"value": value, "low": value - 0.01, "high": value + 0.01}

    measures = {
        "pr_auc": measure(0.383),
        "lift_at_10_percent": measure(5.88),
        "total_ratio": measure(1.44),
    }
    below = {"pr_auc": measure(0.242), "lift_at_10_percent": measure(5.2)}
    return {
        "source_id": source_id,
        "status": status,
        "period": {"test": ["2019-11-24", "2019-11-24"]},
        "champion": champion,
        "best_baseline": "recency",
        "metrics": measures,
        "baselines": {"recency": below},
    }


def headlines(summary=SUMMARY, days=(), **results):
    found = choose_headlines(LEDGER, {"revenue_forecast": list(days)}, summary, **results)
    assert found["source_id"] == "current"
    return {headline["label"]: headline for headline in found["headlines"]}


def test_a_headline_has_its_interval_its_baseline_and_the_dataset_it_comes_from():
    found = headlines(propensity_evaluation=evaluation())

    assert found["Which customers will buy: PR-AUC"] == {
        "label": "Which customers will buy: PR-AUC",
        "text": ".383 [.373, .393]",
        "value": 0.383,
        "low": pytest.approx(0.373),
        "high": pytest.approx(0.393),
        "baseline": "best baseline .242",
        "note": None,
        "note_dataset": None,
        "dataset": "customer_propensity.evaluation",
    }


def test_where_no_model_beats_the_baseline_it_says_so():
    found = headlines(propensity_evaluation=evaluation(champion="recency"))

    assert found["Which customers will buy: PR-AUC"]["baseline"] == (
        "recency, a baseline, is used: no model surely beats it"
    )


def test_numbers_of_the_data_are_ready_to_print():
    found = headlines(exploration_summary=EXPLORED)

    texts = {
        label: headline["text"].replace("\N{NO-BREAK SPACE}", " ")
        for label, headline in found.items()
    }
    assert texts == {
        "Events": "1,234",
        "Customers": "300",
        "Revenue": "4,568",
        "Visits that end in a purchase": "6.8 % [6.6 %, 7.1 %]",
        "Customers expected to buy in the 7 days from 2019-12-01 on": "2.50",
    }


def test_results_of_another_input_or_of_too_few_data_are_left_out():
    found = headlines(
        exploration_summary=EXPLORED | {"source_id": "other"},
        propensity_evaluation=evaluation("other"),
        intent_evaluation={"source_id": "current", "status": "not_enough_data", "reason": "few"},
    )

    assert set(found) == {"Events", "Customers expected to buy in the 7 days from 2019-12-01 on"}


def test_an_evaluation_of_the_models_that_predicted_is_marked_where_the_input_was_an_earlier_one():
    scored = SUMMARY | {"model_source_ids": {"propensity": "earlier", "spend": None}}

    found = headlines(scored, propensity_evaluation=evaluation("earlier"))

    assert "Which customers will buy: PR-AUC (evaluated on an earlier input)" in found


@pytest.mark.parametrize("summary", [None, OTHER_CUSTOMERS])
def test_predictions_of_customers_of_another_input_are_left_out(summary):
    found = headlines(summary, propensity_evaluation=evaluation("earlier"))

    assert set(found) == {"Events"}


def test_without_customers_nobody_is_expected_to_buy():
    nobody = SUMMARY | {"tables": {"customer_days": {"status": "not_run"}}, "scored_customers": 0}

    assert set(headlines(nobody)) == {"Events"}


@pytest.mark.parametrize(
    ("snapshot_date", "model", "shown"),
    [("2019-12-01", "current", True), ("2019-12-08", "current", False),
     ("2019-12-01", "other", False)],
)  # fmt: skip
def test_the_forecast_counts_if_it_begins_behind_the_data(snapshot_date, model, shown):
    days = [
        {
            "event_date": f"2019-12-0{day}", "expected_revenue": 10.0 * day,
            "model_source_id": model,
        }
        for day in (1, 2)
    ]  # fmt: skip

    found = headlines(SUMMARY | {"snapshot_date": snapshot_date}, days)

    label = "Revenue expected in the 2 days from 2019-12-01 on"
    assert (label in found) == shown
    assert not shown or found[label]["value"] == 30.0


def test_expected_buyers_say_how_far_off_such_a_number_was():
    found = headlines(propensity_evaluation=evaluation())

    buyers = found["Customers expected to buy in the 7 days from 2019-12-01 on"]
    assert (buyers["note"], buyers["note_dataset"]) == (
        "expected 1.44 [1.43, 1.45] times the buyers, in the test from 2019-11-24 on",
        "customer_propensity.evaluation",
    )
