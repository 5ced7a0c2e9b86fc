"""What was made from one input does not go into the results of another."""

import pytest

from customer_behavior.hooks import ConfigurationError
from support import HEADER, NOVEMBER, PURCHASE, VIEW, write_lines

PIPELINES = "feature_engineering,exploration"


@pytest.mark.slow
@pytest.mark.default_line
def test_tables_of_another_input_are_refused_until_they_are_made_anew(project, tmp_path):
    first = write_lines(tmp_path / "first.csv", HEADER, VIEW, PURCHASE)
    second = write_lines(tmp_path / "second.csv", HEADER, VIEW, NOVEMBER)
    project.run(first, f"ingestion,{PIPELINES}")
    project.run(second)

    with pytest.raises(ConfigurationError, match=r"=feature_engineering,…"):
        project.run(second, "exploration")
    with pytest.raises(ConfigurationError, match="'event_features' was made from other events"):
        project.run(first, "ingestion,clustering")

    assert project.load("exploration_summary")["source_id"] != project.ledger()["source_id"]
    project.run(second, PIPELINES)
    assert project.load("exploration_summary")["source_id"] == project.ledger()["source_id"]
