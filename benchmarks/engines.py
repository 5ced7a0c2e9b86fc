"""Ingestion of raw event files by this project and by DuckDB, each behind one function."""

import shutil
import time
from pathlib import Path

import duckdb
import pandas as pd
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
from kedro.io import CatalogProtocol

PROJECT = Path(__file__).parents[1]

_EVENT_TYPES = "('view', 'cart', 'purchase')"
_COLUMNS = (
    "event_time, event_type, product_id, category_id, category_code, brand, price, user_id, "
    "user_session"
)


def ingest_with_this_project(raw_events: Path, work: Path) -> None:
    """Run ``ingestion`` up to the ledger, as ``kedro run`` does, in a project folder of its own."""
    prepare_project(work)
    with KedroSession.create(work, runtime_params={"raw_events": str(raw_events)}) as session:
        session.run(pipeline_names=["ingestion"], to_nodes=["ingestion.build_ingestion_ledger"])


def build_features_with_this_project(raw_events: Path, work: Path, *nodes: str) -> dict[str, int]:
    """Run nodes of ``feature_engineering``, in a project folder where those before them ran.

    Returns:
        Bytes that Spark shuffled and spilled meanwhile.
    """
    prepare_project(work)
    before = _shuffled_and_spilled()
    pipelines = [] if nodes else ["ingestion", "feature_engineering"]
    with KedroSession.create(work, runtime_params={"raw_events": str(raw_events)}) as session:
        session.run(pipeline_names=pipelines or ["feature_engineering"], node_names=nodes or None)
    after = _shuffled_and_spilled()
    return {name: after[name] - before[name] for name in after}


def build_features_with_duckdb(work: Path, project: Path, *tables: str) -> dict[str, int]:
    """Make tables in a database of DuckDB where those before them were made; all without names."""
    import yaml

    import second_way_features as second_way

    file = PROJECT / "conf/base/parameters/feature_engineering.yml"
    data = project / "data"
    outages = pd.read_parquet(data / "03_primary/purchase_outages", columns=["start", "end"])
    with duckdb.connect(work / "features.duckdb") as database:
        database.execute("SET preserve_insertion_order = false")
        settings = second_way.prepare(
            database,
            f"{data}/03_primary/events/*/*.parquet",
            outages.apply(lambda times: times.dt.tz_convert(None)),
            pd.read_parquet(data / "04_feature/snapshot_calendar.parquet"),
            yaml.safe_load(file.read_text())["feature_engineering"],
        )
        for name in tables or second_way.TABLES:
            second_way.create(database, name, settings)
            if tables:  # Spark writes Parquet, too
                database.execute(f"COPY {name} TO '{work}/{name}.parquet' (COMPRESSION zstd)")
    return {}


def run_nodes(raw_events: Path, work: Path, pipeline: str, *nodes: str) -> float:
    """Run nodes of a pipeline, as ``kedro run`` does; seconds of doing so."""
    prepare_project(work)
    started = time.perf_counter()
    with KedroSession.create(work, runtime_params={"raw_events": str(raw_events)}) as session:
        session.run(pipeline_names=[pipeline], node_names=[f"{pipeline}.{node}" for node in nodes])
    return time.perf_counter() - started


def open_catalog(raw_events: Path, work: Path) -> CatalogProtocol:
    """Read what has been run; it starts Spark, too."""
    prepare_project(work)
    with KedroSession.create(work, runtime_params={"raw_events": str(raw_events)}) as session:
        return session.load_context().catalog


def prepare_project(work: Path) -> None:
    """Make a folder in which Kedro runs this project's pipelines."""
    if not (work / "conf").exists():
        shutil.copytree(PROJECT / "conf", work / "conf")
    configure_project("customer_behavior")


def _shuffled_and_spilled() -> dict[str, int]:
    """What this session's stages have written so far, in MB."""
    from pyspark import SparkContext

    found = {"shuffled_mb": 0, "spilled_mb": 0}
    context = SparkContext._active_spark_context
    if context is not None:
        store = context._jsc.sc().statusStore()
        stages = store.stageList(
            None, False, False, context._gateway.new_array(context._jvm.double, 0), None
        )
        for number in range(stages.size()):
            stage = stages.apply(number)
            found["shuffled_mb"] += stage.shuffleWriteBytes() >> 20
            found["spilled_mb"] += stage.diskBytesSpilled() >> 20
    return found


def ingest_with_duckdb(raw_events: Path, work: Path) -> None:
    """Do the same work with DuckDB, its output sorted by customer and time as ours is."""
    _ingest_with_duckdb(raw_events, work, order="ORDER BY user_id, event_time")


def ingest_with_duckdb_unsorted(raw_events: Path, work: Path) -> None:
    """Do the same work with DuckDB, in any order."""
    _ingest_with_duckdb(raw_events, work, order="")


def _ingest_with_duckdb(raw_events: Path, work: Path, order: str) -> None:
    """Typed, validated, rejects kept with their raw line, deduplicated, month-partitioned, counted.

    Easier for DuckDB in three points: duplicates are counted, not kept; each is counted for the
    file of the row that is kept; the files are not read for their SHA-256 and number of lines.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        database.execute("SET preserve_insertion_order = false")
        _parse(database, raw_events)
        _write_rejects(database, work)
        _drop_duplicates(database)
        _write_events(database, work, order)
        _count(database)


def _parse(database: duckdb.DuckDBPyConnection, raw_events: Path) -> None:
    """Split and cast each line, and give the reason of a bad one."""
    database.execute(f"""
        CREATE TABLE parsed AS
        WITH lines AS (
            SELECT parse_filename(filename) AS source_file, line, string_split(line, ',') AS f
            FROM read_csv('{raw_events}/*.csv', columns = {{'line': 'VARCHAR'}}, delim = '\x01',
                          quote = '', escape = '', header = false, auto_detect = false,
                          filename = true)
            WHERE line <> 'event_time,event_type,product_id,category_id,category_code,'
                          || 'brand,price,user_id,user_session'
        ), typed AS (
            SELECT source_file, line, len(f) AS fields,
                   try_strptime(f[1], '%Y-%m-%d %H:%M:%S UTC') AS event_time,
                   f[2] AS event_type, TRY_CAST(f[3] AS BIGINT) AS product_id,
                   TRY_CAST(f[4] AS BIGINT) AS category_id,
                   nullif(f[5], '') AS category_code, nullif(f[6], '') AS brand,
                   TRY_CAST(f[7] AS DOUBLE) AS price, TRY_CAST(f[8] AS BIGINT) AS user_id,
                   nullif(f[9], '') AS user_session
            FROM lines
        )
        SELECT * EXCLUDE (line, fields),
               CASE WHEN fields <> 9 OR contains(line, '"') THEN 'malformed_row'
                    WHEN event_time IS NULL THEN 'bad_event_time'
                    WHEN event_type NOT IN {_EVENT_TYPES} THEN 'unknown_event_type'
                    WHEN product_id IS NULL THEN 'bad_product_id'
                    WHEN category_id IS NULL THEN 'bad_category_id'
                    WHEN price IS NULL OR price NOT BETWEEN 0 AND 1e9 THEN 'bad_price'
                    WHEN user_id IS NULL THEN 'bad_user_id'
                    WHEN user_session IS NULL THEN 'missing_session' END AS reject_reason,
               CASE WHEN reject_reason IS NOT NULL THEN line END AS line
        FROM typed
    """)


def _write_rejects(database: duckdb.DuckDBPyConnection, work: Path) -> None:
    """Keep the raw line of each reject."""
    database.execute(f"""
        COPY (SELECT source_file, line, reject_reason FROM parsed
              WHERE reject_reason IS NOT NULL)
        TO '{work}/quarantined_events.parquet' (COMPRESSION zstd)
    """)


def _drop_duplicates(database: duckdb.DuckDBPyConnection) -> None:
    """Keep one of equal rows, and how many there were."""
    database.execute(f"""
        CREATE TABLE good AS
        SELECT {_COLUMNS}, min(source_file) AS source_file, count(*) AS copies
        FROM parsed WHERE reject_reason IS NULL GROUP BY {_COLUMNS}
    """)


def _write_events(database: duckdb.DuckDBPyConnection, work: Path, order: str) -> None:
    """Write the good rows, partitioned by month."""
    database.execute(f"""
        COPY (
            SELECT event_time, event_time::DATE AS event_date, event_type, product_id,
                   category_id, category_code, split_part(category_code, '.', 1) AS category_l1,
                   split_part(category_code, '.', 2) AS category_l2, brand,
                   nullif(price, 0) AS price, user_id, user_session, source_file,
                   strftime(event_time, '%Y-%m') AS event_month
            FROM good {order}
        ) TO '{work}/events' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (event_month))
    """)


def _count(database: duckdb.DuckDBPyConnection) -> None:
    """Count rows and revenue as the ledger does."""
    database.execute("""
        SELECT source_file, date_trunc('month', event_time), event_type, NULL, count(*),
               sum(copies - 1), sum(price) FROM good GROUP BY ALL
        UNION ALL
        SELECT source_file, date_trunc('month', event_time), event_type, reject_reason,
               count(*), 0, sum(price)
        FROM parsed WHERE reject_reason IS NOT NULL GROUP BY ALL
    """).fetchall()
