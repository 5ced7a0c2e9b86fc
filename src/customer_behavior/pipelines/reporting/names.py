"""What measures and rivals are called in the report: plain words first, then the term."""

from customer_behavior.pipelines.reporting.wording import measure, words

HIGHER, LOWER, ONE = "higher", "lower", "near\N{NO-BREAK SPACE}1"

#: What measures are called, and which way is better.
MEASURES = {
    "pr_auc": ("How well buyers are found (PR-AUC)", HIGHER),
    "roc_auc": ("Buyers before others (ROC-AUC)", HIGHER),
    "lift_at_1_percent": ("Buyers among the likeliest 1\N{NO-BREAK SPACE}%, times all", HIGHER),
    "lift_at_5_percent": ("Among the likeliest 5\N{NO-BREAK SPACE}%", HIGHER),
    "lift_at_10_percent": ("Among the likeliest 10\N{NO-BREAK SPACE}%", HIGHER),
    "log_loss": ("Error of the probabilities (log loss)", LOWER),
    "calibration_slope": ("Calibration slope", ONE),
    "total_ratio": ("Expected over actual total", ONE),
    "normalised_gini": ("Big spenders before others (normalised Gini)", HIGHER),
    "spearman": ("Rank correlation (Spearman)", HIGHER),
    "spend_share_of_best_10_percent": (
        "Share of the spend in the best 10\N{NO-BREAK SPACE}%",
        HIGHER,
    ),
    "tweedie_deviance": ("Error of the amounts (Tweedie deviance, power 1.5)", LOWER),
    "mae": ("Mean absolute error (currency)", LOWER),
    "mase": ("Error beside that of repeating the last week (MASE)", LOWER),
    "wape": ("Error as a share of revenue (WAPE)", LOWER),
    "bias": ("Forecast over actual total, less 1 (bias)", "near\N{NO-BREAK SPACE}0"),
    "hit_rate_at_10": ("Customers with a hit among ten (hit rate)", HIGHER),
    "recall_at_10": ("Share of what was bought among ten (recall)", HIGHER),
    "mrr_at_10": ("How early the first hit stands (MRR)", HIGHER),
    "ndcg_at_10": ("How far up the hits stand (NDCG@10)", HIGHER),
    "coverage": ("Share of the products that are shown", HIGHER),
    "novelty": ("How little known the products are (novelty, bits)", HIGHER),
    "silhouette": ("How well they are apart (silhouette)", HIGHER),
    "stability": ("Found again in both halves (adjusted Rand index)", HIGHER),
    "smallest_share": ("Share of the smallest segment", HIGHER),
}
#: Those whose own name says little.
_RIVALS = {
    "prior": "the same for all (prior)",
    "seasonal_naive": "the week before, again (seasonal naive)",
    "item_item": "products looked at together (item item)",
    "als": "hidden tastes (ALS)",
    "two_part_boosting": "probability times amount, by trees (two part boosting)",
    "two_part_linear": "probability times amount, linear (two part linear)",
}


def rival_name(name: str) -> str:
    """What a model or a baseline is called."""
    return _RIVALS.get(name, words(name))


def measure_name(name: str) -> tuple[str, str]:
    """What a measure is called, and which way is better."""
    if level := coverage_level(name):
        share = measure(level / 100)
        return (
            f"Days within their {level}\N{NO-BREAK SPACE}% interval",
            f"near\N{NO-BREAK SPACE}{share}",
        )
    return MEASURES[name]


def coverage_level(name: str) -> int | None:
    """80 of coverage_80; None of other measures."""
    level = name.removeprefix("coverage_")
    return int(level) if level.isdigit() else None
