import pytest

from customer_behavior.pipelines.reporting.states import judge
from customer_behavior.pipelines.reporting.wording import NOTHING
from features import feature_parameters
from report_results import (
    CURRENT,
    EARLIER,
    LEDGER,
    make_evaluation,
    predictions_of,
    report_propensity,
    summary,
)

SPACE = "\N{NO-BREAK SPACE}"


def block(section, caption):
    return next(each for each in section["blocks"] if each.get("caption", "").startswith(caption))


def card_facts(section):
    return dict(next(each for each in section["blocks"] if each["kind"] == "facts")["pairs"])


def test_measures_stand_beside_the_best_baseline_with_intervals():
    section = report_propensity(evaluation=make_evaluation())

    assert block(section, "Measures")["rows"] == [
        ["How well buyers are found (PR-AUC)", "higher", ".300 [.250, .350]", ".100 [.050, .150]"],
        [
            "Error of the probabilities (log loss)",
            "lower",
            ".100 [.090, .110]",
            ".200 [.190, .210]",
        ],
    ]


def test_a_card_says_which_rows_of_which_time():
    section = report_propensity(evaluation=make_evaluation())

    assert block(section, "Data")["rows"] == [
        ["learning (train)", "11,415", "2019-10-20 to 2019-11-03", f"4.0{SPACE}%"],
        ["judging it (test)", "5,951", "2019-11-24", f"3.0{SPACE}%"],
    ]


def test_what_was_tried_is_compared_on_the_same_rows_and_what_is_in_use_is_marked():
    section = report_propensity(evaluation=make_evaluation())

    # The measures on both are the same here; in real results they differ.
    forest, past = ".300 [.250, .350]", ".100 [.050, .150]"
    chosen, judged = block(section, "All that was tried"), block(section, "The same measures")
    assert [row[:2] + row[-1:] for row in chosen["rows"]] == [
        ["past purchases (best baseline)", past, NOTHING],
        ["random forest (in use)", forest, ".200 [.120, .280]"],
    ]
    assert [row[:2] for row in judged["rows"]] == [
        ["past purchases (best baseline)", past],
        ["random forest (in use)", forest],
    ]


def test_a_card_says_why_a_baseline_is_in_use():
    candidates = {
        "random_forest": {"pr_auc_above_baseline": summary(0.02, -0.01, 0.05)},
        "logistic_regression": {"pr_auc_above_baseline": summary(0.01, -0.02, 0.04)},
        "gradient_boosting": {"pr_auc_above_baseline": summary(None, None, None)},
    }
    evaluation = make_evaluation(champion="past_purchases", candidates=candidates)

    told = card_facts(report_propensity(evaluation=evaluation))["In use"]

    assert told.startswith("past purchases, a baseline: no model was surely ahead")
    assert "best of them, random forest, was .020 [\N{MINUS SIGN}.010, .050]; unless" in told


def test_contacts_say_which_rows_and_which_probability_they_are_from():
    profit = {"contacts": 5, "expected_profit": 10.0, "realised_profit": summary(9.0, 8.0, 11.0)}
    policy = {
        "source_id": CURRENT,
        "status": "ok",
        "contact": {"when": "k = 3", "margin": 40.0, "cost_per_contact": 2.0, "budget": 1000.0},
        "best_threshold": profit | {"threshold": 0.036},
        "budget": profit,
        "everybody": profit,
    }

    section = report_propensity(evaluation=make_evaluation(), contact_policy=policy)

    contacts = block(section, "What contacts on the test rows with k = 3 would have brought")
    assert contacts["rows"][0][0] == f"all from a probability of 3.6{SPACE}% on"


def test_a_card_names_the_days_that_parameters_say():
    told = card_facts(report_propensity(evaluation=make_evaluation()))

    days = feature_parameters().calendar.horizon_days
    assert (
        told["Purpose"]
        == f"The probability that a customer buys in the {days} days after a snapshot."
    )


def recovery_of(source_id, achievable):
    found = {
        "source_id": source_id,
        "status": "ok",
        "pr_auc": {
            "best_baseline": summary(0.1, 0.05, 0.15),
            "achievable": summary(achievable, 0.35, 0.45),
            "share_of_achievable": summary(0.667, 0.6, 0.7),
        },
    }
    return {"source_id": source_id, "status": "ok", "customer_propensity": found}


def test_on_simulated_data_a_card_says_what_was_achievable():
    section = report_propensity(evaluation=make_evaluation(), recovery=recovery_of(CURRENT, 0.4))

    measures = block(section, "Measures")
    assert measures["rows"][0][-2:] == [
        ".400 [.350, .450]",
        f"67{SPACE}% [60{SPACE}%, 70{SPACE}%]",
    ]
    assert measures["columns"][-1]["dataset"] == "recovery"


def test_there_is_no_share_of_a_way_that_the_baseline_has_gone():
    section = report_propensity(evaluation=make_evaluation(), recovery=recovery_of(CURRENT, 0.05))

    assert block(section, "Measures")["rows"][0][-1] == "\N{EN DASH}"


@pytest.mark.parametrize("measured", ["achievable", "best_baseline"])
def test_what_cannot_be_told_has_no_share_either(measured):
    recovery = recovery_of(CURRENT, 0.4)
    recovery["customer_propensity"]["pr_auc"][measured] = summary(None, None, None)

    section = report_propensity(evaluation=make_evaluation(), recovery=recovery)

    assert block(section, "Measures")["rows"][0][-1] == "\N{EN DASH}"


def test_what_was_achievable_on_another_input_does_not_stand_beside():
    section = report_propensity(evaluation=make_evaluation(), recovery=recovery_of(EARLIER, 0.4))

    assert len(block(section, "Measures")["columns"]) == 4


def test_a_pipeline_that_was_not_run_leaves_a_note_with_its_command():
    section = report_propensity()

    assert section["blocks"] == []
    assert section["note"] == "The pipeline classification has not been run yet."
    assert section["command"] == "kedro run --pipelines=classification"


def test_a_result_of_another_input_is_left_out():
    section = report_propensity(evaluation=make_evaluation(source_id=EARLIER))

    assert section["blocks"] == []
    assert "another input (eeeeeeeeeeee)" in section["note"]
    assert section["command"] == "kedro run"


def test_an_evaluation_of_the_model_that_predicts_is_shown_and_marked():
    section = report_propensity(
        customer_360_summary=predictions_of(EARLIER),
        evaluation=make_evaluation(source_id=EARLIER),
    )

    assert section["note"].startswith("Evaluated on an earlier input (eeeeeeeeeeee)")
    assert block(section, "Measures")["rows"]


def test_an_evaluation_of_another_model_than_the_one_that_predicts_is_left_out():
    of_spend = predictions_of(CURRENT)
    of_spend["model_source_ids"]["spend"] = EARLIER

    section = report_propensity(
        customer_360_summary=of_spend, evaluation=make_evaluation(source_id=EARLIER)
    )

    assert section["blocks"] == []


def test_predictions_for_another_input_do_not_make_an_earlier_evaluation_count():
    outdated = predictions_of(EARLIER) | {"source_id": EARLIER}

    section = report_propensity(
        customer_360_summary=outdated, evaluation=make_evaluation(source_id=EARLIER)
    )

    assert section["blocks"] == []


def test_too_little_data_says_what_is_missing():
    few = {"source_id": CURRENT, "status": "not_enough_data", "reason": "train has no purchase"}

    section = report_propensity(evaluation=few)

    assert section["blocks"] == []
    assert section["note"] == "Not enough data: train has no purchase."
    assert section["command"] is None  # it would come to the same


@pytest.mark.parametrize("status", ["not_enough_data", "no planted truth"])
def test_an_earlier_evaluation_without_numbers_is_not_shown(status):
    earlier = {"source_id": EARLIER, "status": status, "reason": "few"}

    state = judge(earlier, "classification", LEDGER, {EARLIER})

    assert not state["is_shown"]


def test_an_incomplete_result_is_shown_with_what_is_missing():
    incomplete = {"source_id": CURRENT, "status": "incomplete", "reason": "no segments"}

    state = judge(incomplete, "reporting", LEDGER)

    assert state["is_shown"]
    assert state["note"] == "Incomplete: no segments."
