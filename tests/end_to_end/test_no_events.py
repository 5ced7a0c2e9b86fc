"""Files without a good line: nothing can be learned, and that is what a run says."""

import pytest

from support import HEADER, VIEW, write_lines

EVALUATIONS = (
    "customer_propensity.evaluation", "session_intent.evaluation", "customer_spend_evaluation",
    "revenue_forecast_evaluation", "segment_evaluation", "rule_evaluation",
    "recommendation_evaluation", "exploration_summary", "customer_360_summary",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.default_line
@pytest.mark.parametrize(
    ("lines", "quarantined"),
    [
        ([], {}),
        pytest.param(
            [VIEW.replace(",3,", ",?,"), "junk"],
            {"bad_user_id": 1, "malformed_row": 1},
            marks=pytest.mark.long,
        ),
    ],
    ids=["a header alone", "refused lines alone"],
)
def test_a_whole_run_ends_well_without_events(project, tmp_path, lines, quarantined):
    project.run(write_lines(tmp_path / "a.csv", HEADER, *lines), "__default__")

    total = project.ledger()["total"]
    assert (total["rows_read"], total["rows_kept"]) == (len(lines), 0)
    assert total["rows_quarantined"] == quarantined
    statuses = {name: project.load(name)["status"] for name in EVALUATIONS}
    assert statuses == dict.fromkeys(EVALUATIONS, "not_enough_data")
    assert project.load("report").count("Not enough data: ") >= len(EVALUATIONS)
