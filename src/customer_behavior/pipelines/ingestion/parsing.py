"""From lines of text to typed columns, or to the reason why not."""

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.event_schema import BYTE_ORDER_MARK, RAW_COLUMNS
from customer_behavior.pipelines.ingestion.parameters import IngestionParameters

#: Month of a line whose time cannot be read.
UNKNOWN_MONTH = "unknown"
#: Above the price of anything in a shop.
HIGHEST_PRICE = 1e9
#: Before any event of a web shop; Spark 3.5 does not write times of the Julian calendar.
EARLIEST_TIME = datetime(1970, 1, 1)

# Java puts it in the place of bytes that are not UTF-8.
_REPLACEMENT_CHARACTER = "\ufffd"


def parse_lines(landed_lines: DataFrame, parameters: IngestionParameters) -> DataFrame:
    """Split each line into typed columns and check them.

    Args:
        landed_lines: One row per line: ``source_file``, ``line``.
        parameters: ``event_types`` are the types that are kept.

    Returns:
        One row per line: ``source_file``, ``event_month`` (``unknown`` where there is no time),
        the raw columns, typed (null where they cannot be read; ``price`` also where it is not
        between 0 and 1e9), ``reject_reason`` (null for a good line; else the first that holds)
        and ``line`` (null for a good line).
    """
    fields = landed_lines.select(
        "source_file", "line", F.split("line", ",", -1).alias("field")
    ).select("source_file", "line", F.size("field").alias("fields"), *_raw_fields())
    typed = fields.select(
        "source_file",
        "line",
        F.substring("event_time", 1, len("2019-10")).alias("month"),
        _utc_timestamp("event_time").alias("event_time"),
        "event_type",
        _id("product_id").alias("product_id"),
        _id("category_id").alias("category_id"),
        _null_if_blank("category_code"),
        _null_if_blank("brand"),
        _price("price").alias("price"),
        _id("user_id").alias("user_id"),
        _null_if_blank("user_session"),
        _is_malformed().alias("is_malformed"),
    ).withColumn("reject_reason", _reject_reason(parameters.event_types))
    has_time = F.col("event_time").isNotNull()
    rejected_line = F.when(F.col("reject_reason").isNotNull(), F.col("line"))
    return typed.select(
        "source_file",
        F.when(has_time, F.col("month")).otherwise(UNKNOWN_MONTH).alias("event_month"),
        *RAW_COLUMNS,
        "reject_reason",
        rejected_line.alias("line"),
    )


def _raw_fields() -> list[Column]:
    fields = {name: F.get("field", F.lit(i)) for i, name in enumerate(RAW_COLUMNS)}
    first, last = fields["event_time"], fields["user_session"]
    # A byte order mark stands before the first field, the CR of a CR LF behind the last one.
    fields["event_time"] = F.when(first.startswith(BYTE_ORDER_MARK), F.substring(first, 2, 99))
    fields["event_time"] = fields["event_time"].otherwise(first)
    fields["user_session"] = F.when(
        last.endswith("\r"), last.substr(F.lit(1), F.length(last) - 1)
    ).otherwise(last)
    return [field.alias(name) for name, field in fields.items()]


def _is_malformed() -> Column:
    malformed = (F.col("fields") != len(RAW_COLUMNS)) | F.col("line").contains('"')
    for name in ("event_type", "category_code", "brand", "user_session"):
        malformed |= F.col(name).contains(_REPLACEMENT_CHARACTER)
    return malformed


def _utc_timestamp(name: str) -> Column:
    """Cast the first 19 characters, in a session whose time zone is UTC: the fastest right way.

    The cast also takes other spellings, and fills in what is missing; a time that is written
    back differently is none.
    """
    text = F.substring(name, 1, len("2019-10-01 00:00:00"))
    time = _try_cast(f"substring({name}, 1, 19)", "timestamp")
    is_utc = (F.length(name) == len("2019-10-01 00:00:00 UTC")) & F.col(name).endswith(" UTC")
    is_exact = (time.cast("string") == text) & (time >= F.lit(EARLIEST_TIME))
    return F.when(is_utc & is_exact, time)


def _id(name: str) -> Column:
    """Cast to a whole number; what is written back differently (+3, 003) is none."""
    number = _try_cast(name, "long")
    return F.when(number.cast("string") == F.col(name), number)


def _price(name: str) -> Column:
    price = _try_cast(name, "double")
    return F.when(F.col(name).rlike(r"^\d+(\.\d+)?$") & price.between(0, HIGHEST_PRICE), price)


def _try_cast(expression: str, type_: str) -> Column:
    """Cast, or null: as SQL, since `Column.try_cast` came with Spark 4 only."""
    return F.expr(f"try_cast({expression} AS {type_})")


def _null_if_blank(name: str) -> Column:
    return F.when(F.trim(name) != "", F.col(name)).alias(name)


def _reject_reason(event_types: list[str]) -> Column:
    is_known_type = F.coalesce(F.col("event_type").isin(event_types), F.lit(False))
    return (
        F.when(F.col("is_malformed"), "malformed_row")
        .when(F.col("event_time").isNull(), "bad_event_time")
        .when(~is_known_type, "unknown_event_type")
        .when(F.col("product_id").isNull(), "bad_product_id")
        .when(F.col("category_id").isNull(), "bad_category_id")
        .when(F.col("price").isNull(), "bad_price")
        .when(F.col("user_id").isNull(), "bad_user_id")
        .when(F.col("user_session").isNull(), "missing_session")
    )
