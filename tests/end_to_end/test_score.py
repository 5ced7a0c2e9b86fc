"""A new week is scored with what was fitted before."""

from datetime import date

import pytest

FITTED = ("reference_counts", "imputation_values", "frequencies")


@pytest.mark.slow
def test_a_week_that_is_appended_is_scored_and_nothing_is_fitted(project, few_events, tmp_path):
    lines = (few_events / "2019-Nov.csv").read_text().splitlines()
    before = [line for line in lines if not line[:10] > "2019-11-23"]
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "2019-Oct.csv").write_bytes((few_events / "2019-Oct.csv").read_bytes())
    (raw / "2019-Nov.csv").write_text("\n".join(before) + "\n")
    project.run(raw, "ingestion")
    project.run(raw, "feature_engineering")
    fitted = files_of(project)
    assert newest_snapshot(project) == date(2019, 11, 24)

    (raw / "2019-Nov.csv").write_text("\n".join(lines) + "\n")
    project.run(raw, "__default__", tags=["score"])

    assert newest_snapshot(project) == date(2019, 12, 1)
    assert files_of(project) == fitted


def files_of(project):
    folder = project.folder / "data/04_feature"
    found = {
        path.relative_to(folder): (path.stat().st_mtime_ns, path.read_bytes())
        for name in FITTED
        for path in (folder / name).glob("*.parquet")
    }
    assert found
    return found


def newest_snapshot(project):
    snapshots = project.load("customer_snapshots").filter("role = 'score'")
    (row,) = snapshots.select("snapshot_date").distinct().collect()
    return row.snapshot_date
