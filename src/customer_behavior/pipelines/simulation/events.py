"""The raw lines of all customers, in the order of time, and what was planted in them."""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.datasets.session import get_session
from customer_behavior.pipelines.simulation.blocks import Blocks
from customer_behavior.pipelines.simulation.calendar import VisitingTimes, to_seconds
from customer_behavior.pipelines.simulation.parameters import (
    SimulationError,
    SimulationParameters,
)
from customer_behavior.pipelines.simulation.process import parameters_of
from customer_behavior.pipelines.simulation.raw_lines import LINES_SCHEMA, draw_lines
from customer_behavior.pipelines.simulation.tasks import run_blocks

_SHARES = 10
# A last line as an interrupted download leaves it.
_CUT_LINE = "{day} 23:59:59 UTC,view,10000"

logger = logging.getLogger(__name__)


def simulate_lines(process: dict[str, Any]) -> Iterator[DataFrame]:
    """Draw all blocks and log the share that is done.

    Args:
        process: The law of the simulation.

    Yields:
        Shares of a table with one row per line of the raw files: ``event_time``, ``user_id``,
        ``line``; and one row per block with ``counts`` of what was planted in it, all else null.
    """
    blocks = Blocks(parameters_of(process))
    wanted = blocks.parameters.events
    logger.info("Simulating about %d events of %d customers", wanted, blocks.customers)
    bounds = np.unique(np.linspace(0, blocks.number, _SHARES + 1).astype(int))
    for first, last in pairwise(bounds):
        yield run_blocks(blocks, range(first, last), draw_lines, LINES_SCHEMA)
        logger.info("Simulated %d %% of the customers", 100 * last // blocks.number)


def order_lines(simulated_lines: DataFrame, process: dict[str, Any]) -> DataFrame:
    """Put all lines in the order of time, and a last one behind them that is cut off.

    Args:
        simulated_lines: One row per line: ``event_time``, ``user_id``, ``line``; rows without a
            line are left out.
        process: ``defects.truncated_last_line`` says whether there is a line that is cut off.

    Returns:
        One row per line: ``event_date``, ``line``; those of a day in one partition, in order.

    Raises:
        SimulationError: If the lines were drawn from another law.
    """
    parameters = parameters_of(process)
    _check_law(simulated_lines, parameters)
    columns = ("event_time", "user_id", "line")
    lines = simulated_lines.filter(F.col("line").isNotNull()).select(*columns)
    if parameters.defects.truncated_last_line:
        day = _last_day(parameters)
        cut = get_session().createDataFrame(
            [(f"{day} 23:59:59.9", 0, _CUT_LINE.format(day=day))], list(columns)
        )
        lines = lines.union(cut.withColumn("event_time", F.to_timestamp("event_time")))
    return (
        lines.withColumn("event_date", F.to_date("event_time"))
        .repartition("event_date")
        .sortWithinPartitions("event_date", *columns)
        .select("event_date", "line")
    )


def count_defects(simulated_lines: DataFrame, process: dict[str, Any]) -> dict[str, Any]:
    """Add up what was planted in the blocks.

    Args:
        simulated_lines: ``counts`` of each block, in a row of its own.
        process: The law of the simulation; its ``purchase_outages`` are listed.

    Returns:
        ``rows`` by month, ``duplicates`` by type of event, ``quarantined`` by reason,
        ``views_with_price_zero``, ``shared_sessions``, ``lasting_sessions``, ``bots``,
        ``carts_lost`` and ``purchases_lost`` (events that were not logged), ``first_month``
        (``purchase_sessions``, and those of them ``without_cart``), ``purchase_outages``.

    Raises:
        SimulationError: If the lines were drawn from another law.
    """
    parameters = parameters_of(process)
    _check_law(simulated_lines, parameters)
    total = (
        simulated_lines.select(F.explode("counts").alias("name", "number"))
        .groupBy("name")
        .agg(F.sum("number").alias("number"))
        .orderBy("name")
    )
    defects: dict[str, Any] = {}
    for name, number in total.collect():
        thing, _, kind = name.partition(".")
        if kind:
            defects.setdefault(thing, {})[kind] = number
        else:
            defects[thing] = number
    if parameters.defects.truncated_last_line:
        defects["quarantined"]["malformed_row"] += 1
        defects["rows"][f"{_last_day(parameters):%Y-%m}"] += 1
    del defects["law"]
    return defects | {"purchase_outages": _outages_in_calendar(parameters)}


def _check_law(simulated_lines: DataFrame, parameters: SimulationParameters) -> None:
    """Compare the law with that of the lines, which another simulation may have left."""
    laws = simulated_lines.select(F.explode(F.map_keys("counts")).alias("name")).filter(
        F.col("name").startswith("law.")
    )
    if [row.name for row in laws.distinct().collect()] != [f"law.{parameters.law_id}"]:
        raise SimulationError(
            "The lines in data/02_intermediate/simulated_lines are those of another simulation. "
            "Run the pipeline simulation as a whole, one at a time."
        )


def _outages_in_calendar(parameters: SimulationParameters) -> list[list[str]]:
    times = VisitingTimes(parameters)
    return [
        [str(begin), str(end)]
        for begin, end in parameters.defects.purchase_outages
        if to_seconds(begin) < times.end and to_seconds(end) > times.start
    ]


def _last_day(parameters: SimulationParameters) -> date:
    return parameters.calendar.first_day + timedelta(days=parameters.calendar.days - 1)
