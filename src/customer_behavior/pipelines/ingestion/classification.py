"""What becomes of each line: kept, duplicate or quarantined."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.event_schema import EVENTS_SCHEMA, RAW_COLUMNS
from customer_behavior.pipelines.ingestion.parameters import IngestionParameters
from customer_behavior.pipelines.ingestion.parsing import UNKNOWN_MONTH, parse_lines


def classify_lines(
    landed_lines: DataFrame, parameters: IngestionParameters
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """Tell good lines from exact duplicates and rejects, sorted by customer and time.

    The rows are exchanged once, by customer, and sorted once; a duplicate then stands right behind
    the row that it repeats, which is the one of the file that sorts first.

    Args:
        landed_lines: One row per line: ``source_file``, ``line``.
        parameters: ``event_types``, and ``months``: with some, lines of others are left out.

    Returns:
        One row per line, the same frame three times: it has the columns of ``events``,
        ``reject_reason``, ``line`` and ``outcome``. The three tables are written from it in one
        pass, and each takes the rows of its outcome.

        ``events``: One row per distinct good event, in files by ``event_month``, sorted in each by
        customer and time. The folder also holds ``_FINISHED.json``, the list of the files of all
        three tables; without it none of them is loaded.

        - ``event_time`` (timestamp): when.
        - ``event_date`` (date): the day of it.
        - ``event_type`` (string): ``view``, ``cart``, ``purchase`` (parameter ``event_types``).
        - ``product_id``, ``category_id``, ``user_id`` (long): ids of the shop.
        - ``category_code`` (string): names of the category, from coarse to fine, between dots; null
          where the shop has none.
        - ``category_l1``, ``category_l2`` (string): its first and second name.
        - ``brand`` (string): null where the shop has none.
        - ``price`` (double): in the shop's currency; null where the file says 0.
        - ``user_session`` (string): id of the visit; belongs to a customer only together with
          ``user_id``.
        - ``source_file`` (string): that brought the row, relative to what ``raw_events`` names.
        - ``event_month`` (string): such as ``2019-10``.

        ``duplicate_events``: One row per exact repetition of an event: the columns of ``events``.

        ``quarantined_events``: One row per rejected line.

        - ``source_file`` (string): where it stood.
        - ``line`` (string): exactly as it was, without its line feed.
        - ``reject_reason`` (string): ``malformed_row``, ``bad_event_time``, ``unknown_event_type``,
          ``bad_product_id``, ``bad_category_id``, ``bad_price``, ``bad_user_id``,
          ``missing_session``: the first that holds.
        - ``event_type`` (string), ``price`` (double): as far as they could be read.
        - ``event_month`` (string): ``unknown`` where there is no time.
    """
    parsed = parse_lines(landed_lines, parameters)
    if parameters.months_to_replace:
        parsed = parsed.filter(F.col("event_month").isin(parameters.months_to_replace))
    classified = _mark_outcomes(parsed).select(
        *_event_columns(), "reject_reason", "line", "outcome"
    )
    return classified, classified, classified


def count_lines_of_other_months(
    landed_lines: DataFrame, parameters: IngestionParameters
) -> DataFrame:
    """Count the lines that a run with ``months`` leaves out, also those of an unknown month.

    Returns:
        One row per ``source_file`` with such lines: ``rows``, and ``rows_of_unknown_month`` among
        them.
    """
    parsed = parse_lines(landed_lines, parameters)
    is_other = ~F.col("event_month").isin(parameters.months_to_replace)
    is_unknown = F.col("event_month") == UNKNOWN_MONTH
    return (
        parsed.filter(is_other)
        .groupBy("source_file")
        .agg(F.count("*").alias("rows"), F.count_if(is_unknown).alias("rows_of_unknown_month"))
    )


def _mark_outcomes(parsed: DataFrame) -> DataFrame:
    # A reject may have no customer; its text spreads such lines over the partitions.
    customer = F.coalesce("user_id", F.xxhash64("line"))
    # A reject is no event that a good row could repeat, even where its columns are the same.
    columns = [*RAW_COLUMNS, "reject_reason"]
    order = ["event_time", "content", "source_file"]
    rows = (
        parsed.withColumn("customer", customer)
        .withColumn("content", _content_hash(columns))
        .repartition("customer")
        .sortWithinPartitions("customer", *order)
    )
    row = F.struct(*columns)
    previous = F.lag(row).over(Window.partitionBy("customer").orderBy(*order))
    outcome = (
        F.when(F.col("reject_reason").isNotNull(), "quarantined")
        .when(previous.eqNullSafe(row), "duplicate")
        .otherwise("kept")
    )
    return rows.withColumn("outcome", outcome)


def _content_hash(columns: list[str]) -> Column:
    """Hash all columns; a null too, which `xxhash64` skips, so that values do not change places."""
    texts = {"category_code", "brand", "reject_reason"}
    return F.xxhash64(*(F.coalesce(c, F.lit("")) if c in texts else F.col(c) for c in columns))


def _event_columns() -> list[Column]:
    """Derive what `events` has and the raw line does not."""
    derived = {
        "event_date": F.to_date("event_time"),
        "category_l1": F.nullif(F.substring_index("category_code", ".", 1), F.lit("")),
        "category_l2": F.nullif(F.split_part("category_code", F.lit("."), F.lit(2)), F.lit("")),
        # A reject keeps its 0; an event of price 0 has no price.
        "price": F.when((F.col("price") > 0) | (F.col("outcome") == "quarantined"), F.col("price")),
    }
    return [derived.get(name, F.col(name)).alias(name) for name in EVENTS_SCHEMA.names]
