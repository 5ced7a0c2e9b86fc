import pytest
from kedro.io import DatasetError

from customer_behavior.datasets import EventsDataset, SetAsideDataset
from customer_behavior.pipelines.ingestion.classification import classify_lines
from customer_behavior.pipelines.ingestion.parameters import IngestionParameters
from support import CART, NOVEMBER, VIEW


@pytest.fixture
def tables(tmp_path):
    def tables(months=""):
        def at(name):
            return {"filepath": str(tmp_path / name)}

        set_aside = {outcome: at(outcome) for outcome in ("duplicate", "quarantined")}
        return [
            EventsDataset(
                **at("events"),
                set_aside=set_aside,
                staging=at("staging"),
                ledger=at("ledger.json"),
                months=months,
            ),
            *(
                SetAsideDataset(**table, outcome=outcome, events=at("events"))
                for outcome, table in set_aside.items()
            ),
        ]

    return tables


@pytest.fixture
def save(spark, tables, tmp_path):
    def save(*lines, months=""):
        parameters = IngestionParameters(
            event_types=["view", "cart"], min_expected_purchases=20, months=months
        )
        rows = [("a.csv", line) for line in lines]
        frame = spark.createDataFrame(rows, "source_file string, line string")
        for table, rows in zip(tables(months), classify_lines(frame, parameters), strict=True):
            table.save(rows)
        (tmp_path / "ledger.json").write_text("the ledger node has run")

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


def test_a_named_month_without_a_row_is_an_error_and_nothing_is_replaced(save, tables):
    save(VIEW, NOVEMBER)

    with pytest.raises(DatasetError, match="no row of 2019-12"):
        save(CART, NOVEMBER, NOVEMBER, months="2019-11 2019-12")

    assert counts(tables) == [2, 0, 0]


@pytest.mark.parametrize("missing", ["events/_FINISHED.json", "ledger.json"])
def test_months_are_not_replaced_in_what_a_killed_run_has_left(save, tmp_path, missing):
    save(VIEW, NOVEMBER)
    (tmp_path / missing).unlink()

    with pytest.raises(DatasetError, match=r"run ingestion again, without ingestion\.months"):
        save(NOVEMBER, months="2019-11")


def test_months_can_be_what_the_first_run_takes(save, tables):
    save(VIEW, NOVEMBER, months="2019-11")

    assert counts(tables) == [1, 0, 0]


@pytest.mark.parametrize("table", [0, 1, 2])
def test_no_table_is_loaded_before_all_are_finished(save, tables, tmp_path, table):
    with pytest.raises(DatasetError, match="did not finish: run ingestion again"):
        tables()[table].load()
    save(VIEW)
    (tmp_path / "events/_FINISHED.json").unlink()

    with pytest.raises(DatasetError, match="did not finish: run ingestion again"):
        tables()[table].load()


@pytest.mark.parametrize("change", ["added", "removed", "cut"])
@pytest.mark.parametrize(("table", "name"), [(0, "events"), (1, "duplicate"), (2, "quarantined")])
def test_no_table_is_loaded_where_its_files_have_changed(
    save, tables, tmp_path, change, table, name
):
    save(VIEW, VIEW, VIEW.replace("view", "wish"))
    part = next((tmp_path / name).glob("event_month=2019-10/*.parquet"))
    if change == "added":
        (part.parent / "stray.parquet").write_bytes(part.read_bytes())
    elif change == "removed":
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:-10])

    with pytest.raises(DatasetError, match="not those that ingestion wrote: run ingestion again"):
        tables()[table].load()


def test_a_run_that_fails_while_writing_leaves_the_tables_as_they_were(save, tables, spark):
    save(VIEW, NOVEMBER)
    broken = spark.range(1).selectExpr(
        "CAST(raise_error('disk full') AS STRING) AS line",
        "'kept' AS outcome",
        "'2019-10' AS event_month",
    )

    with pytest.raises(DatasetError, match="disk full"):
        tables()[0].save(broken)

    assert counts(tables) == [2, 0, 0]


def test_the_ledger_of_the_table_before_is_removed(save, tables, spark, tmp_path):
    save(VIEW)
    ledger = tmp_path / "ledger.json"
    frame = spark.createDataFrame([("a.csv", CART)], "source_file string, line string")
    parameters = IngestionParameters(event_types=["cart"], min_expected_purchases=20)

    tables()[0].save(classify_lines(frame, parameters)[0])

    assert not ledger.exists()


def test_tables_without_rows_have_their_columns(save, tables):
    save("junk")

    assert counts(tables) == [0, 0, 1]
    assert tables()[0].load().columns[:3] == ["event_time", "event_date", "event_type"]


def test_the_set_aside_lines_are_saved_after_the_events(tables, spark):
    with pytest.raises(DatasetError, match="did not finish"):
        tables()[1].save(spark.range(1))
