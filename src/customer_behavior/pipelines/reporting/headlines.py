"""The numbers that a manager asks for first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from customer_behavior.pipelines.clustering.behaviour import BOTS, ONE_TIME
from customer_behavior.pipelines.reporting import wording
from customer_behavior.pipelines.reporting.names import rival_name
from customer_behavior.pipelines.reporting.states import (
    forecast_days,
    inputs_of_models,
    of_the_current_input,
    usable,
)
from customer_behavior.pipelines.reporting.totals import buyers_on_test, revenue_on_test

EARLIER = "evaluated on an earlier input"
_PROPENSITY, _FORECAST = "customer_propensity.evaluation", "revenue_forecast_evaluation"
# Whose predictions of the current customers an evaluation is of.
_MODELS = {
    _PROPENSITY: "propensity",
    # The customer table does not hold visits; one pipeline learns both.
    "session_intent.evaluation": "propensity",
    "customer_spend_evaluation": "spend",
    "recommendation_evaluation": "recommendations",
}

Result = dict[str, Any] | None


@dataclass(frozen=True)
class _Note:
    """What has to be known beside a number, and where that comes from."""

    text: str
    dataset: str


@dataclass(frozen=True)
class _Measure:
    """A measure of a task, and what it says; of ``part`` of the evaluation, where there is one."""

    dataset: str
    label: str
    metric: str
    part: str | None = None


_MEASURES = (
    _Measure(_PROPENSITY, "Which customers will buy: PR-AUC", "pr_auc"),
    _Measure(
        _PROPENSITY,
        "Buyers among the likeliest tenth of customers, times the average",
        "lift_at_10_percent",
    ),
    _Measure("session_intent.evaluation", "Which visits end in a purchase: PR-AUC", "pr_auc"),
    _Measure(
        "customer_spend_evaluation", "Which customers will spend: normalised Gini",
        "normalised_gini",
    ),
    _Measure(
        _FORECAST, "Error of the forecast, as a share of revenue: WAPE", "wape",
        "total",
    ),
    _Measure("recommendation_evaluation", "Recommendations that are bought: NDCG@10", "ndcg_at_10"),
)  # fmt: skip


def choose_headlines(
    ingestion_ledger: dict[str, Any],
    report_rows: dict[str, Any],
    customer_360_summary: Result = None,
    exploration_summary: Result = None,
    propensity_evaluation: Result = None,
    intent_evaluation: Result = None,
    spend_evaluation: Result = None,
    forecast_evaluation: Result = None,
    recommendation_evaluation: Result = None,
    rule_evaluation: Result = None,
    segment_evaluation: Result = None,
) -> dict[str, Any]:
    """Choose the numbers that say most, each with its interval and with what it has to beat.

    What comes from another input, or of too few data, is left out. Evaluations of the models that
    predicted are shown where they learnt from an earlier input, and the label says so.

    Args:
        ingestion_ledger: Has the ``source_id``.
        report_rows: Has ``revenue_forecast``, the shop's days.
        customer_360_summary: Has the ``model_source_ids`` of the predictions; None where its
            pipeline has not been run, as for those that follow.
        exploration_summary: From ``summarise_exploration``.
        propensity_evaluation: Of customer_propensity.
        intent_evaluation: Of session_intent.
        spend_evaluation: From ``evaluate_customer_spend``.
        forecast_evaluation: From ``evaluate_revenue_forecast``.
        recommendation_evaluation: From ``evaluate_recommendations``.
        rule_evaluation: From ``evaluate_rules``.
        segment_evaluation: From ``evaluate_segments``.

    Returns:
        ``source_id``, and ``headlines``: ``label``, ``text`` (to be printed), ``value``, ``low``,
        ``high``, ``baseline`` (what it has to beat), ``note`` (what else has to be known, from
        ``note_dataset``) and the ``dataset`` that they come from.
    """
    customers = of_the_current_input(customer_360_summary, ingestion_ledger)
    days = forecast_days(report_rows, customers, ingestion_ledger)
    results = {
        "exploration_summary": exploration_summary,
        _PROPENSITY: propensity_evaluation,
        "session_intent.evaluation": intent_evaluation,
        "customer_spend_evaluation": spend_evaluation,
        _FORECAST: forecast_evaluation,
        "recommendation_evaluation": recommendation_evaluation,
        "rule_evaluation": rule_evaluation,
        "segment_evaluation": segment_evaluation,
    }
    known = _usable(results, ingestion_ledger, customers, days)
    headlines = [
        *_of_data(ingestion_ledger, known["exploration_summary"]),
        *_of_customers(customers, known[_PROPENSITY]),
        *_of_forecast(days, known[_FORECAST]),
        *_of_patterns(known["segment_evaluation"], known["rule_evaluation"]),
        *_of_measures(known, ingestion_ledger["source_id"]),
    ]
    return {"source_id": ingestion_ledger["source_id"], "headlines": headlines}


def _usable(
    results: dict[str, Result],
    ledger: dict[str, Any],
    customers: Result,
    days: list[dict[str, Any]],
) -> dict[str, Result]:
    """Results of the current input, and evaluations of the models that predicted; else None."""
    trained_on = {
        name: inputs_of_models(customers, ledger, model) for name, model in _MODELS.items()
    }
    trained_on[_FORECAST] = {day["model_source_id"] for day in days}
    return {
        name: usable(result, ledger, trained_on.get(name, ())) for name, result in results.items()
    }


def _of_data(ledger: dict[str, Any], explored: Result) -> list[dict[str, Any]]:
    headlines = [_headline("Events", ledger["total"]["rows_kept"], "ingestion_ledger")]
    if explored:
        name = "exploration_summary"
        headlines += [
            _headline("Customers", explored["customers"], name),
            _headline("Revenue", explored["revenue"], name),
            _headline(
                "Visits that end in a purchase", **explored["conversion"], dataset=name,
                form=wording.percent,
            ),
        ]  # fmt: skip
    return headlines


def _of_customers(summary: Result, evaluation: Result) -> list[dict[str, Any]]:
    if summary is None or not summary["scored_customers"]:
        return []
    first, end = (date.fromisoformat(summary[name]) for name in ("snapshot_date", "label_end"))
    label = f"Customers expected to buy {_days((end - first).days, first)}"
    note = evaluation and _Note(buyers_on_test(evaluation), _PROPENSITY)
    return [_headline(label, summary["expected_purchases"], "customer_360_summary", note=note)]


def _of_forecast(days: list[dict[str, Any]], evaluation: Result) -> list[dict[str, Any]]:
    """What the days behind the data are expected to bring."""
    if not days:
        return []
    label = f"Revenue expected {_days(len(days), days[0]['event_date'])}"
    expected = sum(day["expected_revenue"] for day in days)
    note = evaluation and _Note(revenue_on_test(evaluation), _FORECAST)
    return [_headline(label, expected, "revenue_forecast", note=note)]


def _days(number: int, first: date | str) -> str:
    return f"in the {number} days from {first} on"


def _of_patterns(segments: Result, rules: Result) -> list[dict[str, Any]]:
    headlines = []
    if segments:
        value = segments["champion"]
        name = "segment_evaluation"
        note = _Note(f"beside those that a rule tells: {ONE_TIME}, {BOTS}", name)
        headlines.append(_headline("Segments of customers", value, name, note=note))
    if rules:
        value = rules["rules"]["across_categories"]
        headlines.append(_headline("Rules across categories", value, "rule_evaluation"))
    return headlines


def _of_measures(evaluations: dict[str, Result], current: str) -> list[dict[str, Any]]:
    return [
        _of_measure(measure, evaluation, current)
        for measure in _MEASURES
        if (evaluation := evaluations[measure.dataset])
    ]


def _of_measure(measure: _Measure, evaluation: dict[str, Any], current: str) -> dict[str, Any]:
    part = evaluation[measure.part] if measure.part else evaluation
    best = evaluation["best_baseline"]
    beaten = "best baseline " + _number(part["baselines"][best][measure.metric]["value"])
    in_use = f"{rival_name(best)}, a baseline, is used: no model surely beats it"
    mark = "" if evaluation["source_id"] == current else f" ({EARLIER})"
    return _headline(
        measure.label + mark,
        **part["metrics"][measure.metric],
        dataset=measure.dataset,
        baseline=in_use if evaluation["champion"] == best else beaten,
    )


def _headline(
    label: str,
    value: float,
    dataset: str,
    low: float | None = None,
    high: float | None = None,
    baseline: str | None = None,
    note: _Note | None = None,
    form: Callable[[float | None], str] | None = None,
) -> dict[str, Any]:
    return {
        "label": label,
        "text": wording.interval({"value": value, "low": low, "high": high}, form or _number),
        "value": value,
        "low": low,
        "high": high,
        "baseline": baseline,
        "note": note and note.text,
        "note_dataset": note and note.dataset,
        "dataset": dataset,
    }


def _number(value: float | None) -> str:
    """Whole numbers with commas; others with three digits, such as .383."""
    is_whole = value is not None and value == int(value)
    return wording.count(value) if is_whole else wording.measure(value)
