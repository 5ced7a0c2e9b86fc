"""A second way to what can be known of simulated customers.

It shares no code with the first: it draws hidden customers from the law, follows each visit event
by event through the chain as it happens (events that are not logged may slip in anywhere), and
weights the draws by how likely they make what was logged.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd

SNAPSHOT = pd.Timestamp("2019-11-13")  # an outage lies in the week after it
WEEK = pd.Timedelta(days=7)
INTENTS = ("glance", "browse", "explore", "abandon", "buy")
TYPES = ("browser", "cart_abandoner", "occasional_buyer", "frequent_buyer")
DRAWS = 30_000


class SecondWay:
    """The law of the simulation, read from its description, and hidden customers drawn from it."""

    def __init__(self, process):
        self.process = process = process["parameters"]
        calendar = process["calendar"]
        self.first_day = pd.Timestamp(calendar["first_day"])
        self.daily = np.array(calendar["daily_events"]) / sum(calendar["daily_events"])
        self.hourly = np.array(calendar["hourly_sessions"]) / sum(calendar["hourly_sessions"])
        percent = np.array(calendar["hourly_purchase_percent"])
        self.shift = np.log(percent / (percent * self.hourly).sum())
        self.outages = [tuple(map(pd.Timestamp, o)) for o in process["defects"]["purchase_outages"]]
        self._first, self._after = cache(self._first), cache(self._after)
        self._bought_after = cache(self._bought_after)
        self.draw(np.random.default_rng(9))

    def draw(self, random):
        laws = [self.process["customer_types"][name] for name in TYPES]
        kind = random.choice(4, DRAWS, p=[law["share"] for law in laws])
        self.least = np.array([law["least_sessions"] for law in laws])[kind]
        mean = np.array([law["purchase_log_odds"]["mean"] for law in laws])[kind]
        sd = np.array([law["purchase_log_odds"]["sd"] for law in laws])[kind]
        self.log_odds = random.normal(mean, sd)
        self.other = np.array([[law["intents"][name] for name in INTENTS[:-1]] for law in laws])[
            kind
        ]

    def draw_rates(self, visits, known):
        """Draw rates near those that so many visits point to.

        Returns:
            Rates, and the logarithms of their weights: the Pareto law, cut off at the highest rate,
            times the Poisson likelihood of the visits, over the gamma density they were drawn from.
        """
        exponent, most = self.process["rate_exponent"], self.process["most_sessions"]
        rate = np.random.default_rng(visits).gamma(visits + 0.5, 1 / known, DRAWS)
        law = exponent * self.least**exponent / (1 - (self.least / most) ** exponent)
        law = np.where((rate >= self.least) & (rate <= most), law * rate ** -(exponent + 1), 1e-300)
        return rate, np.log(law) + 0.5 * np.log(rate)

    def buying(self, hour):
        return 1 / (1 + np.exp(-(self.log_odds + self.shift[hour])))

    def minutes(self, begin, end):
        """Share of all sessions, hour of the day and outage of each minute of a span of time."""
        minutes = pd.date_range(begin, end, freq="min", inclusive="left")
        share = self.daily[(minutes - self.first_day).days] * self.hourly[minutes.hour] / 60
        outage = np.zeros(len(minutes), dtype=bool)
        for start, stop in self.outages:
            outage |= (minutes > start) & (minutes < stop)
        return share, minutes.hour.to_numpy(), outage

    def is_outage(self, time):
        return any(start < time < stop for start, stop in self.outages)

    def chain(self, intent):
        chain = self.process["session_chains"][intent]
        names = ("view", "cart", "purchase")
        start = np.array([chain["start"].get(name, 0) for name in names])
        steps = np.array([[chain[f"after_{of}"].get(name, 0) for name in names] for of in names])
        return start, steps

    def likelihood(self, kinds, start, *, ends, later_purchase=False):
        """Likelihood of a visit's logged events by intent."""
        no_purchases = self.is_outage(start) and 2 not in kinds
        found = []
        for intent in INTENTS:
            lost = self.process["defects"]["lost_carts"].get(intent, 0) if start.month == 10 else 0
            value = 0.0
            for share, hidden in ((1 - lost, ()), (lost, (1,))):
                silent = (*hidden, 2) if no_purchases else hidden
                value += share * self._forward(kinds, intent, silent, ends, later_purchase)
            found.append(value)
        return np.array(found) if sum(found) > 0 or later_purchase else np.ones(5)

    def _forward(self, kinds, intent, silent, ends, later_purchase):
        """Follow the chain from one logged event to the next."""
        value = self._first(intent, silent)[kinds[0]]
        for kind, following in pairwise(kinds):
            value *= self._after(intent, silent, kind)[0][following]
        if later_purchase:
            return value * self._bought_after(intent, silent, kinds[-1])
        return value * (self._after(intent, silent, kinds[-1])[1] if ends else 1.0)

    def _first(self, intent, silent):
        return self._settle(self.chain(intent)[0], self.chain(intent)[1], silent)[0]

    def _after(self, intent, silent, kind):
        """Chances of the next logged event, and of the end, after one of a kind."""
        steps = self.chain(intent)[1]
        logged, end = self._settle(steps[kind], steps, silent)
        return logged, end + 1 - steps[kind].sum()

    def _bought_after(self, intent, silent, kind):
        """Chance of a purchase later on: the logged steps, purchases taken out as they come."""
        bought, weight = 0.0, self._after(intent, silent, kind)[0]
        for _ in range(1000):
            bought += weight[2]
            weight = sum(weight[of] * self._after(intent, silent, of)[0] for of in (0, 1))
        return bought

    @staticmethod
    def _settle(weight, steps, silent):
        """Chances of the next logged event, and of the end, whatever comes silently before."""
        is_silent = np.isin(range(3), silent)
        logged, end = np.zeros(3), 0.0
        for _ in range(200):
            logged = logged + np.where(is_silent, 0, weight)
            quiet = np.where(is_silent, weight, 0)
            end += quiet @ (1 - steps.sum(axis=1))
            weight = quiet @ steps
        return logged, end


def visits_of(customer):
    """The visits of a customer: session, start, kinds of events, in the order of time."""
    kinds = {"view": 0, "cart": 1, "purchase": 2}
    found = []
    for session, rows in customer.groupby("user_session"):
        rows = rows.sort_values("event_time")
        gap = rows.event_time.diff() > pd.Timedelta(hours=4)
        for _, visit in rows.groupby(gap.cumsum()):
            first, last = visit.event_time.iloc[0], visit.event_time.iloc[-1]
            found.append((first, session, [kinds[name] for name in visit.event_type], last))
    return sorted(found, key=lambda visit: visit[:2])


def weighted_mean(values, log_weight):
    """Mean under importance weights, and its standard error; NaN if few draws count."""
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = weight @ values
    counting = 1 / (weight**2).sum()
    return mean, np.sqrt(weight**2 @ (values - mean) ** 2) if counting > 200 else np.nan
