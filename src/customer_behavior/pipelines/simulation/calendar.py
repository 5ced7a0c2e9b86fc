"""When customers come: the common profile of days and hours."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.parameters import SimulationParameters

HOUR = 3600
DAY = 24 * HOUR


class VisitingTimes:
    """How sessions and outages lie in time. Times are whole seconds since 1970, in UTC.

    Attributes:
        start: Begin of the first day.
        end: End of the last day.
        first_month_end: End of the first calendar month, in which carts are lost.
        log_odds_by_hour: What each hour of the day adds to the log-odds of the intent to buy.
    """

    def __init__(self, parameters: SimulationParameters) -> None:
        """Prepare the profile."""
        calendar = parameters.calendar
        self.start = to_seconds(calendar.first_day)
        self.end = self.start + calendar.days * DAY
        self.first_month_end = min(
            self.end, int(_first_day_of_next_month(calendar.first_day).astype(np.int64)) * DAY
        )
        days = np.array(calendar.daily_events) / sum(calendar.daily_events)
        hours = np.array(calendar.hourly_sessions) / sum(calendar.hourly_sessions)
        self._mass = np.outer(days, hours).ravel()
        self._cumulative = np.append(0.0, np.cumsum(self._mass))
        percent = np.array(calendar.hourly_purchase_percent)
        self.log_odds_by_hour = np.log(percent / (percent @ hours))
        outages = parameters.defects.purchase_outages
        self._outages = np.array([[to_seconds(a), to_seconds(b)] for a, b in outages]).reshape(
            -1, 2
        )

    def draw(self, number: int, random: np.random.Generator) -> NDArray[np.int64]:
        """Draw times of sessions."""
        hour = np.searchsorted(self._cumulative[1:-1], random.random(number), side="right")
        return self.start + hour * HOUR + random.integers(0, HOUR, number)

    def is_outage(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether purchases were not logged; at both ends of an outage they were."""
        found = np.zeros(len(times), dtype=bool)
        for begin, end in self._outages:
            found |= (times > begin) & (times < end)
        return found

    def is_first_month(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether carts may have been lost."""
        return times < self.first_month_end

    def exposure(self, begin: int, end: int) -> NDArray[np.float64]:
        """Share of the sessions of the whole calendar that is expected in a span of time.

        Args:
            begin: First second.
            end: Behind the last second.

        Returns:
            By ``is_first_month``, ``is_outage`` and hour of the day: an array of 2 by 2 by 24.
        """
        begin, end = max(begin, self.start), min(end, self.end)
        edges = np.arange(self.start, self.end + 1, HOUR)
        cuts = np.unique([*edges, *self._outages.ravel(), self.first_month_end, begin, end])
        cuts = cuts[(cuts >= begin) & (cuts <= end)]
        middle = (cuts[:-1] + cuts[1:]) // 2
        cell = (middle - self.start) // HOUR
        share = np.zeros((2, 2, 24))
        where = (
            self.is_first_month(middle).astype(int),
            self.is_outage(middle).astype(int),
            hour_of_day(middle),
        )
        np.add.at(share, where, self._mass[cell] * np.diff(cuts) / HOUR)
        return share

    def exposure_until(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of the sessions of the whole calendar that is expected before each time."""
        hours = (times - self.start) / HOUR
        return np.interp(hours, np.arange(len(self._cumulative)), self._cumulative)


def hour_of_day(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Hour of the day, in UTC."""
    return times % DAY // HOUR


def to_seconds(moment: date) -> int:
    """Seconds since 1970 of a time in UTC."""
    return int(np.datetime64(moment, "s").astype(np.int64))


def _first_day_of_next_month(day: date) -> np.datetime64:
    return (np.datetime64(day, "M") + 1).astype("datetime64[D]")
