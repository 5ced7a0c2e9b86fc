"""Model cards: what a model is for, what it was made from, how good it is beside what, its limits.

After Mitchell and others (2019), "Model Cards for Model Reporting".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.reporting.blocks import Block, bullets, facts, heading, table
from customer_behavior.pipelines.reporting.names import (
    LOWER,
    MEASURES,
    coverage_level,
    measure_name,
    rival_name,
)
from customer_behavior.pipelines.reporting.wording import (
    NOTHING,
    count,
    interval,
    percent,
    period,
    share_of,
    words,
)

_ROLES = {
    "train": "learning (train)",
    "select": "choosing the model: validation (select)",
    "calibrate": "setting its level: validation (calibrate)",
    "test": "judging it (test)",
}


@dataclass(frozen=True)
class Card:
    """What is known of a model whatever the data.

    Attributes:
        task: Its name in ``recovery``.
        dataset: Its evaluation.
        purpose: What it says; may name parameters, see ``filled``.
        use: What for.
        measures: Those that are shown, the one that chose the champion first.
        advantage: How far ahead of the best baseline a rival was, by that measure.
        limits: What it cannot say; may name parameters, too.
    """

    task: str
    dataset: str
    purpose: str
    use: str
    measures: tuple[str, ...]
    advantage: str
    limits: tuple[str, ...]

    def filled(self, features: FeatureParameters) -> "Card":
        """Write parameters where the texts name them: {features.calendar.horizon_days}."""
        return replace(
            self,
            purpose=self.purpose.format(features=features),
            limits=tuple(text.format(features=features) for text in self.limits),
        )


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
                ("In use", why_in_use(card, evaluation)),
                ("Best baseline", rival_name(evaluation["best_baseline"])),
            ],
        ),
        roles(card, evaluation),
        _measures(card, evaluation, recovery or {}),
        *rivals(card, evaluation),
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
            _ROLES.get(role, words(role)),
            count(rows),
            period(evaluation["period"].get(role)),
            *([percent(rates.get(role))] if rates else []),
        ]
        for role, rows in evaluation["rows"].items()
    ]
    columns = ["For", "Rows", "Time", *(["Share that buys"] if rates else [])]
    return table("Data, by what they are for", card.dataset, columns, rows, texts=["Time"])


def why_in_use(card: Card, evaluation: Mapping[str, Any]) -> str:
    """Name what is in use, and say why it is and not another."""
    champion = rival_name(evaluation["champion"])
    if evaluation["champion"] not in evaluation["baselines"]:
        return (
            f"{champion}: on the validation rows it was surely ahead of the best baseline (the "
            "interval of its lead is above 0)"
        )
    reason = f"{champion}, a baseline: no model was surely ahead of it on the validation rows"
    best = _best_model(card, evaluation)
    if best is None:
        return reason
    lead = interval(evaluation["candidates"][best][card.advantage])
    return (
        f"{reason}. The lead of the best of them, {rival_name(best)}, was {lead}; unless all of "
        "the interval is above 0, it may be chance, and the baseline stays"
    )


def _best_model(card: Card, evaluation: Mapping[str, Any]) -> str | None:
    """The candidate with the largest lead; None where nothing is known of leads."""
    leads = {
        name: of[card.advantage]["value"]
        for name, of in evaluation["candidates"].items()
        if name not in evaluation["baselines"] and card.advantage in of
    }
    known = {name: lead for name, lead in leads.items() if lead is not None}
    return max(known, key=known.__getitem__) if known else None


def _measures(
    card: Card, evaluation: Mapping[str, Any], recovery: Mapping[str, Mapping[str, Any]]
) -> Block:
    best = evaluation["baselines"][evaluation["best_baseline"]]
    above = evaluation.get("above_best_baseline", {})
    covered = [name for name in evaluation["metrics"] if coverage_level(name)]
    names = [name for name in (*card.measures, *covered) if name in evaluation["metrics"]]
    columns = ["Measure", "Better", "In use", "Best baseline"]
    columns += ["Difference"] if above else []
    truth = ["Achievable", "Share of achievable"] if recovery else []
    rows = [
        [
            *measure_name(name),
            interval(evaluation["metrics"][name]),
            interval(best.get(name)),
            *([interval(above.get(name))] if above else []),
            *(achievable(name, recovery.get(name)) if truth else []),
        ]
        for name in names
    ]
    return table(
        "Measures on the test rows, with intervals",
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


def rivals(card: Card, evaluation: Mapping[str, Any]) -> list[Block]:
    """Put all that was tried side by side: on the rows that chose, and on those that judge."""
    tried, shown = evaluation["candidates"], card.measures[:3]
    judged = {
        **evaluation["baselines"],
        **evaluation.get("recommenders", {}),
        evaluation["champion"]: evaluation["metrics"],
    }
    names = [MEASURES[name][0] for name in shown]
    chosen = table(
        "All that was tried, on the validation rows, which chose by the first measure",
        card.dataset,
        ["Tried", *names, "Lead over the best baseline"],
        [
            [*_row(name, of, shown, evaluation), _lead(name, of, card, evaluation)]
            for name, of in tried.items()
        ],
    )
    on_test = table(
        "The same measures on the test rows, which judge and choose nothing",
        card.dataset,
        ["Judged", *names],
        [_row(name, of, shown, evaluation) for name, of in judged.items()],
    )
    return [chosen, on_test]


def _row(
    name: str, measured: Mapping[str, Any], shown: Sequence[str], evaluation: Mapping[str, Any]
) -> list[str]:
    marks = {"in use": evaluation["champion"], "best baseline": evaluation["best_baseline"]}
    fitting = ", ".join(mark for mark, of in marks.items() if of == name)
    said = f"{rival_name(name)} ({fitting})" if fitting else rival_name(name)
    return [said, *(interval(measured.get(what)) for what in shown)]


def _lead(name: str, measured: Mapping[str, Any], card: Card, evaluation: Mapping[str, Any]) -> str:
    is_itself = name == evaluation["best_baseline"]
    return NOTHING if is_itself else interval(measured.get(card.advantage))
