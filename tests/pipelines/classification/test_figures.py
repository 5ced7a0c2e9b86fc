import pandas as pd
import pytest

from customer_behavior.pipelines.classification.figures import (
    draw_importance,
    draw_lift,
    draw_precision_recall,
    draw_reliability,
    draw_slices,
)


def interval(value):
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


def part(model, baseline):
    return {
        "rows": 100,
        "metrics": {"pr_auc": interval(model)},
        "best_baseline": {"pr_auc": interval(baseline)},
    }


CURVE = [
    {"share": 0.1, "recall": 0.5, "precision": 1.0},
    {"share": 1.0, "recall": 1.0, "precision": 0.2},
]
EVALUATION = {
    "task": "session_intent",
    "status": "ok",
    "champion": "random_forest",
    "best_baseline": "has_cart",
    "base_rates": {"test": 0.2},
    "curves": {"champion": CURVE, "best_baseline": CURVE[1:]},
    "deciles": [
        {"decile": 1, "predicted": 0.4, "actual": interval(0.5)},
        {"decile": 2, "predicted": 0.1, "actual": interval(0.2)},
    ],
    "by_events_seen": {"1": part(0.3, 0.2), "10": part(0.6, 0.5)},
}
LITTLE = {
    "task": "session_intent",
    "status": "not_enough_data",
    "reason": "none",
    "base_rates": {"test": None},
}
IMPORTANCE = pd.DataFrame(
    [("k", 0.3, 0.2, 0.4, "more"), ("brand", 0.2, 0.1, 0.3, None), ("hour", 0.1, 0.0, 0.2, "less")],
    columns=["feature", "importance", "low", "high", "direction"],
)
ON_TEST = {
    draw_precision_recall: "How many of the purchases are found, and how sure: visits",
    draw_lift: "How much more often the likeliest visits buy than all",
    draw_reliability: "Probabilities and what happened: visits",
    draw_slices: "What is known when, and of whom: visits",
}


def points_of(figure):
    return {
        trace.name: list(zip(trace.x, trace.y, strict=True)) for trace in figure.data if trace.x
    }


@pytest.mark.parametrize("draw", ON_TEST)
def test_the_title_says_of_what_it_is(draw):
    figure = draw(EVALUATION)

    assert figure.layout.title.text == ON_TEST[draw]
    assert "too little data" not in [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize("draw", ON_TEST)
def test_a_figure_without_numbers_says_so(draw):
    figure = draw(LITTLE)

    assert figure.layout.title.text == ON_TEST[draw]
    assert figure.layout.annotations[-1].text == "too little data"


def test_precision_stands_against_recall():
    assert points_of(draw_precision_recall(EVALUATION)) == {
        "random forest (in use)": [(0.5, 1.0), (1.0, 0.2)],
        "has cart (best baseline)": [(1.0, 0.2)],
    }


def test_lift_is_precision_over_that_of_all():
    assert points_of(draw_lift(EVALUATION)) == {
        "random forest (in use)": [(10.0, 5.0), (100.0, 1.0)],
        "has cart (best baseline)": [(100.0, 1.0)],
    }


def test_deciles_have_what_was_predicted_and_what_happened():
    figure = draw_reliability(EVALUATION)

    assert points_of(figure)["a tenth"] == [(40.0, 50.0), (10.0, 20.0)]
    assert figure.data[0].error_y.array == pytest.approx((10, 10))
    assert points_of(figure)["as predicted"] == [(0, 0), (60.0, 60.0)]


def test_parts_are_named_and_compared_with_the_baseline():
    assert points_of(draw_slices(EVALUATION)) == {
        "random forest (in use)": [(0.3, "events seen: 1"), (0.6, "events seen: 10")],
        "has cart (best baseline)": [(0.2, "events seen: 1"), (0.5, "events seen: 10")],
    }


def test_columns_are_coloured_by_their_direction_and_the_strongest_is_on_top():
    figure = draw_importance(IMPORTANCE, EVALUATION)

    assert figure.layout.title.text == "What tells buyers from others: visits"
    assert points_of(figure) == {
        "more of it: likelier to buy": [(0.3, "k")],
        "less of it: likelier to buy": [(0.1, "hour")],
        "depends on the value": [(0.2, "brand")],
    }
    assert figure.layout.yaxis.categoryarray == ("k", "brand", "hour")
    assert figure.layout.yaxis.autorange == "reversed"


def test_no_more_than_ten_columns_are_drawn():
    many = pd.concat([IMPORTANCE.assign(feature=IMPORTANCE["feature"] + str(n)) for n in range(9)])

    figure = draw_importance(many, EVALUATION)

    assert len(figure.layout.yaxis.categoryarray) == 10


def test_a_direction_that_no_column_has_is_not_in_the_legend():
    figure = draw_importance(IMPORTANCE[IMPORTANCE["direction"] == "more"], EVALUATION)

    assert [trace.name for trace in figure.data] == ["more of it: likelier to buy"]


def test_no_column_is_said_to_be_too_little_data():
    figure = draw_importance(IMPORTANCE.iloc[:0], LITTLE)

    assert figure.layout.annotations[-1].text == "too little data"


@pytest.mark.parametrize("draw", ON_TEST)
def test_kedro_viz_can_read_the_numbers(draw):
    assert "bdata" not in draw(EVALUATION).to_json()
