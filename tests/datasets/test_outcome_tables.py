import pytest
from kedro.io import DatasetError

from customer_behavior.datasets import EventsDataset, OutcomeDataset
from customer_behavior.pipelines.ingestion.classification import classify_lines
from customer_behavior.pipelines.ingestion.parameters import IngestionParameters
from support import CART, NOVEMBER, VIEW


@pytest.fixture
def tables(tmp_path):
    def tables(months=""):
        staging = {"filepath": str(tmp_path / "staging")}
        ledger = {"filepath": str(tmp_path / "ledger.json")}
        events = EventsDataset(
            filepath=str(tmp_path / "events"), staging=staging, ledger=ledger, months=months
        )
        others = [
            OutcomeDataset(
                filepath=str(tmp_path / outcome), staging=staging, outcome=outcome, months=months
            )
            for outcome in ("duplicate", "quarantined")
        ]
        return [events, *others]

    return tables


@pytest.fixture
def save(spark, tables):
    def save(*lines, months=""):
        parameters = IngestionParameters(
            event_types=["view", "cart"], min_expected_purchases=20, months=months
        )
        rows = [("a.csv", line) for line in lines]
        frame = spark.createDataFrame(rows, "source_file string, line string")
        for table, rows in zip(tables(months), classify_lines(frame, parameters), strict=True):
            table.save(rows)

    return save


def counts(tables):
    return [table.load().count() for table in tables()]


def test_each_table_gets_the_lines_of_its_outcome(save, tables):
    save(VIEW, VIEW, VIEW, NOVEMBER, "junk")

    assert counts(tables) == [2, 2, 1]
    assert tables()[2].load().first().line == "junk"


def test_a_run_replaces_all_of_the_one_before(save, tables):
    save(VIEW, VIEW, NOVEMBER, "junk")

    save(CART)

    assert counts(tables) == [1, 0, 0]


def test_with_months_the_files_of_the_others_stay_as_they_are(save, tables, tmp_path):
    def files_of(month):
        folders = tmp_path.glob(f"*/event_month={month}/*.parquet")
        return {path: path.read_bytes() for path in folders}

    save(VIEW, VIEW, VIEW.replace("view", "wish"), NOVEMBER, "junk")
    october, november = files_of("2019-10"), files_of("2019-11")

    save(CART, NOVEMBER, NOVEMBER.replace(",view", ",cart"), "junk", "junk", months="2019-11")

    assert files_of("2019-10") == october
    assert files_of("2019-11") != november
    assert counts(tables) == [3, 1, 2]


def test_with_months_a_month_that_has_no_rows_any_more_is_emptied(save, tables):
    save(VIEW, NOVEMBER)

    save(VIEW, months="2019-11")

    assert counts(tables) == [1, 0, 0]


def test_events_are_not_loaded_before_they_are_finished(save, tables, tmp_path):
    with pytest.raises(DatasetError, match="did not finish: run it again"):
        tables()[0].load()
    save(VIEW)
    (tmp_path / "events/_FINISHED.json").unlink()

    with pytest.raises(DatasetError, match="did not finish: run it again"):
        tables()[0].load()


@pytest.mark.parametrize("change", ["added", "removed", "cut"])
def test_events_are_not_loaded_where_their_files_have_changed(save, tables, tmp_path, change):
    save(VIEW, NOVEMBER)
    part = next((tmp_path / "events").glob("event_month=2019-10/*.parquet"))
    if change == "added":
        (part.parent / "stray.parquet").write_bytes(part.read_bytes())
    elif change == "removed":
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:-10])

    with pytest.raises(DatasetError, match="not those that ingestion wrote: run it again"):
        tables()[0].load()


def test_a_run_that_fails_while_writing_leaves_the_tables_as_they_were(save, tables, spark):
    save(VIEW, NOVEMBER)
    broken = spark.range(1).selectExpr(
        "CAST(raise_error('disk full') AS STRING) AS line", "'kept' AS outcome", "'2019-10' AS event_month"
    )

    with pytest.raises(DatasetError, match="disk full"):
        tables()[0].save(broken)

    assert counts(tables) == [2, 0, 0]


def test_the_ledger_of_the_table_before_is_removed(save, tmp_path):
    (tmp_path / "ledger.json").write_text("{}")

    save(VIEW)

    assert not (tmp_path / "ledger.json").exists()


def test_tables_without_rows_have_their_columns(save, tables):
    save("junk")

    assert counts(tables) == [0, 0, 1]
    assert tables()[0].load().columns[:3] == ["event_time", "event_date", "event_type"]


def test_the_set_aside_lines_are_saved_after_the_events(tables, spark):
    with pytest.raises(DatasetError, match="saved after `events`"):
        tables()[1].save(spark.range(1))
