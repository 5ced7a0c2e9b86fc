"""The format of the raw event files, and the schemas of the tables made from their lines.

Source of the format: REES46, "eCommerce behavior data from multi category store" (Kaggle).
"""

from pyspark.sql.types import (
    DateType,
    DoubleType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

RAW_COLUMNS = (
    "event_time",
    "event_type",
    "product_id",
    "category_id",
    "category_code",
    "brand",
    "price",
    "user_id",
    "user_session",
)
HEADER = ",".join(RAW_COLUMNS)
BYTE_ORDER_MARK = "\ufeff"
#: The header as a line of a file, with and without byte order mark and the CR of a CR LF.
HEADER_LINES = tuple(mark + HEADER + end for mark in ("", BYTE_ORDER_MARK) for end in ("", "\r"))


def _schema(**columns: type) -> StructType:
    return StructType([StructField(name, type_(), True) for name, type_ in columns.items()])


#: One row per distinct good event. ``price`` is in the shop's currency, null where it was 0.
EVENTS_SCHEMA = _schema(
    event_time=TimestampType,
    event_date=DateType,
    event_type=StringType,
    product_id=LongType,
    category_id=LongType,
    category_code=StringType,
    category_l1=StringType,
    category_l2=StringType,
    brand=StringType,
    price=DoubleType,
    user_id=LongType,
    user_session=StringType,
    source_file=StringType,
    event_month=StringType,
)

#: One row per rejected line. ``event_type``, ``price`` and ``event_month`` as far as they could
#: be read; ``event_month`` is ``unknown`` where there is no time.
QUARANTINED_EVENTS_SCHEMA = _schema(
    source_file=StringType,
    line=StringType,
    reject_reason=StringType,
    event_type=StringType,
    price=DoubleType,
    event_month=StringType,
)

#: The tables that the lines of the raw files end in, by the outcome of a line.
OUTCOME_SCHEMAS = {
    "kept": EVENTS_SCHEMA,
    "duplicate": EVENTS_SCHEMA,
    "quarantined": QUARANTINED_EVENTS_SCHEMA,
}
