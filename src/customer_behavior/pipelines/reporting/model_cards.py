"""Model cards: what a model is for, what it was made from, how good it is beside what, its limits.

After Mitchell and others (2019), "Model Cards for Model Reporting".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from customer_behavior.pipelines.reporting.blocks import Block, bullets, facts, heading, table
from customer_behavior.pipelines.reporting.wording import (
    NOTHING,
    count,
    interval,
    percent,
    period,
    share_of,
    words,
)

HIGHER, LOWER, ONE = "higher", "lower", "near\N{NO-BREAK SPACE}1"

#: What measures are called, and which way is better.
MEASURES = {
    "pr_auc": ("PR-AUC", HIGHER),
    "roc_auc": ("ROC-AUC", HIGHER),
    "lift_at_1_percent": ("Lift of the best 1\N{NO-BREAK SPACE}%", HIGHER),
    "lift_at_5_percent": ("Lift of the best 5\N{NO-BREAK SPACE}%", HIGHER),
    "lift_at_10_percent": ("Lift of the best 10\N{NO-BREAK SPACE}%", HIGHER),
    "log_loss": ("Log loss", LOWER),
    "calibration_slope": ("Calibration slope", ONE),
    "total_ratio": ("Predicted over actual total", ONE),
    "normalised_gini": ("Normalised Gini", HIGHER),
    "spearman": ("Spearman correlation", HIGHER),
    "spend_share_of_best_10_percent": (
        "Share of the spend in the best 10\N{NO-BREAK SPACE}%",
        HIGHER,
    ),
    "tweedie_deviance": ("Tweedie deviance (power 1.5)", LOWER),
    "mae": ("Mean absolute error (currency)", LOWER),
    "mase": ("MASE (1 is seasonal naive before)", LOWER),
    "wape": ("WAPE", LOWER),
    "bias": ("Bias", "near\N{NO-BREAK SPACE}0"),
    "coverage_80": ("Coverage of the 80 % intervals", "near\N{NO-BREAK SPACE}.8"),
    "hit_rate_at_10": ("Hit rate at 10", HIGHER),
    "recall_at_10": ("Recall at 10", HIGHER),
    "mrr_at_10": ("MRR at 10", HIGHER),
    "ndcg_at_10": ("NDCG at 10", HIGHER),
    "coverage": ("Share of the products that are shown", HIGHER),
    "novelty": ("Novelty (bits)", HIGHER),
    "silhouette": ("Silhouette", HIGHER),
    "stability": ("Found again in both halves (adjusted Rand index)", HIGHER),
    "smallest_share": ("Share of the smallest segment", HIGHER),
}


@dataclass(frozen=True)
class Card:
    """What is known of a model whatever the data.

    ``measures`` are those that are shown, the one that chose the champion first.
    """

    task: str
    dataset: str
    purpose: str
    use: str
    measures: tuple[str, ...]
    limits: tuple[str, ...]


def model_card(
    card: Card,
    evaluation: Mapping[str, Any],
    recovery: Mapping[str, Any] | None = None,
) -> list[Block]:
    """Fill a card with what an evaluation says.

    Args:
        card: Purpose, use and limits.
        evaluation: Has ``rows``, ``period``, ``champion``, ``metrics``, ``baselines``,
            ``candidates``.
        recovery: What was achievable, by measure; None where the events are not simulated.

    Returns:
        Its blocks.
    """
    return [
        heading("Model card"),
        facts(
            card.dataset,
            [
                ("Purpose", card.purpose),
                ("Used for", card.use),
                ("Model in use", _champion(evaluation)),
                ("Best baseline", words(evaluation["best_baseline"])),
            ],
        ),
        roles(card, evaluation),
        _measures(card, evaluation, recovery or {}),
        rivals(card, evaluation),
        limits(card),
    ]


def limits(card: Card) -> Block:
    """List what the model cannot say."""
    return bullets("Limits", card.limits)


def roles(card: Card, evaluation: Mapping[str, Any]) -> Block:
    """Say which rows of which time the model saw, and which judged it."""
    rates = evaluation.get("base_rates", {})
    rows = [
        [
            words(role),
            count(rows),
            period(evaluation["period"].get(role)),
            *([percent(rates.get(role))] if rates else []),
        ]
        for role, rows in evaluation["rows"].items()
    ]
    columns = ["Role", "Rows", "Time", *(["Share that buys"] if rates else [])]
    return table("Data, by role", card.dataset, columns, rows, texts=["Time"])


def _champion(evaluation: Mapping[str, Any]) -> str:
    champion = evaluation["champion"]
    if champion in evaluation["baselines"]:
        return f"{words(champion)}, a baseline: no model was surely better on the validation rows"
    return f"{words(champion)}: surely better than the best baseline on the validation rows"


def _measures(
    card: Card, evaluation: Mapping[str, Any], recovery: Mapping[str, Mapping[str, Any]]
) -> Block:
    best = evaluation["baselines"][evaluation["best_baseline"]]
    above = evaluation.get("above_best_baseline", {})
    names = [name for name in card.measures if name in evaluation["metrics"]]
    columns = ["Measure", "Better", "Model in use", "Best baseline"]
    columns += ["Difference"] if above else []
    truth = ["Achievable", "Share of achievable"] if recovery else []
    rows = [
        [
            *MEASURES[name],
            interval(evaluation["metrics"][name]),
            interval(best.get(name)),
            *([interval(above.get(name))] if above else []),
            *(achievable(name, recovery.get(name)) if truth else []),
        ]
        for name in names
    ]
    return table(
        "Measures on the test rows, with 95 % intervals",
        card.dataset,
        [*columns, *truth],
        rows,
        texts=["Better"],
        sources=dict.fromkeys(truth, "recovery"),
    )


def achievable(name: str, measured: Mapping[str, Any] | None) -> tuple[str, str]:
    """Say what was achievable, and which share of the way from the best baseline was gone.

    There is no way where the baseline is at the goal, or beyond.
    """
    if measured is None:
        return NOTHING, NOTHING
    goal, start = (measured[of]["value"] for of in ("achievable", "best_baseline"))
    if goal is None or start is None:
        return interval(measured["achievable"]), NOTHING
    is_ahead = goal < start if MEASURES[name][1] == LOWER else goal > start
    share = measured.get("share_of_achievable") if is_ahead else None
    return interval(measured["achievable"]), share_of(share)


def rivals(card: Card, evaluation: Mapping[str, Any]) -> Block:
    """Put the first measures of all baselines and candidates side by side."""
    shown = card.measures[:3]
    groups = [
        ("baseline, test rows", evaluation["baselines"]),
        ("model, test rows", evaluation.get("recommenders", {})),
        ("model, validation rows", _by_name(evaluation.get("candidates", {}), evaluation)),
    ]
    rows = [
        [words(name), what, *(interval(measured.get(measure)) for measure in shown)]
        for what, group in groups
        for name, measured in group.items()
    ]
    columns = ["Rival", "Measured as", *(MEASURES[name][0] for name in shown)]
    caption = "All that was tried"
    return table(caption, card.dataset, columns, rows, texts=["Measured as"])


def _by_name(
    candidates: Mapping[str, Any] | Sequence[Any], evaluation: Mapping[str, Any]
) -> Mapping[str, Any]:
    if not isinstance(candidates, Mapping):
        return {}
    return {name: c for name, c in candidates.items() if name not in evaluation["baselines"]}
