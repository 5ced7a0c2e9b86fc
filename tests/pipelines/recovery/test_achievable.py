"""What can be known of simulated customers, computed in a second way and compared with what came.

The second way shares no code with the first: it draws hidden customers from the law, follows each
visit event by event through the chain as it happens (events that are not logged may slip in
anywhere), and weights the draws by how likely they make what was logged.
"""

import datetime as dt
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from customer_behavior.pipelines.recovery.achievable import predict_customers, predict_sessions
from customer_behavior.pipelines.recovery.expected_prices import expected_prices
from customer_behavior.pipelines.recovery.observed_visits import order_events
from customer_behavior.pipelines.simulation.shop import Shop
from simulated import good_events, process_of, simulate, simulation_parameters

SNAPSHOT = pd.Timestamp("2019-11-13")  # an outage lies in the week after it
WEEK = pd.Timedelta(days=7)
INTENTS = ("glance", "browse", "explore", "abandon", "buy")
TYPES = ("browser", "cart_abandoner", "occasional_buyer", "frequent_buyer")
DRAWS = 30_000


# No Spark: what holds on one line holds on the other.
pytestmark = [pytest.mark.slow, pytest.mark.default_line]


@pytest.fixture(scope="module")
def parameters():
    return simulation_parameters(events=400_000)


@pytest.fixture(scope="module")
def process(parameters):
    return process_of(parameters)


@pytest.fixture(scope="module")
def events(parameters):
    return good_events(simulate(parameters))


@pytest.fixture(scope="module")
def predicted(events, process):
    return predict_customers(events, process, SNAPSHOT, horizon_days=7)


@pytest.fixture(scope="module")
def some(events):
    """1,000 customers with an event before the snapshot, and their events before it."""
    before = events[events.event_time < SNAPSHOT]
    users = np.random.default_rng(5).choice(before.user_id.unique(), 1000, replace=False)
    return before[before.user_id.isin(users)]


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


@pytest.fixture(scope="module")
def second_way(process):
    return SecondWay(process)


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


def test_a_second_way_gives_the_same_purchases_for_1000_customers(
    some, predicted, second_way, events, parameters
):
    law = second_way
    share, *_ = law.minutes(law.first_day, SNAPSHOT)
    known = share.sum()
    share, hour, outage = law.minutes(SNAPSHOT, SNAPSHOT + WEEK)
    logged = np.bincount(hour, np.where(outage, 0, share), minlength=24)
    with_purchase = sum(logged[hour] * law.buying(hour) for hour in range(24))
    expected = predicted.set_index("user_id").purchase_probability
    spend = predicted.set_index("user_id").expected_spend
    ordered = order_events(events[events.event_time < SNAPSHOT], parameters)
    price = dict(
        zip(ordered.user_id.unique(), expected_prices(ordered, Shop(parameters)), strict=True)
    )
    # A first purchase is followed by others: by each, in two ways, with these chances.
    chain = law.process["session_chains"]["buy"]["after_purchase"]
    purchases_at_once = 1 / (1 - chain["view"] - chain["purchase"])
    off, off_purchases = [], []
    for user, customer in some.groupby("user_id"):
        visits = visits_of(customer)
        rate, log_weight = law.draw_rates(len(visits), known)
        for start, _, kinds, last in visits:
            ends = last < SNAPSHOT - pd.Timedelta(minutes=30)
            given = law.likelihood(kinds, start, ends=ends)
            buying = law.buying(start.hour)
            log_weight += np.log(buying * given[4] + (1 - buying) * (law.other @ given[:4]))
        comes_and_buys = 1 - np.exp(-rate * with_purchase)
        mean, standard_error = weighted_mean(comes_and_buys, log_weight)
        off.append((expected[user] - mean) / (standard_error + 1e-3 * mean))
        mean, standard_error = weighted_mean(rate * with_purchase * purchases_at_once, log_weight)
        bought = spend[user] / price[user]
        off_purchases.append((bought - mean) / (standard_error + 1e-3 * mean))
    off, off_purchases = np.array(off), np.array(off_purchases)
    assert len(off) == 1000
    assert np.isnan(off).mean() < 0.01  # too few draws for them
    assert np.nanmax(np.abs(off)) < 5
    assert np.sqrt(np.nanmean(off**2)) < 1.2
    assert np.nanmax(np.abs(off_purchases)) < 5
    assert np.sqrt(np.nanmean(off_purchases**2)) < 1.2


def test_a_second_way_gives_the_same_chance_of_a_later_purchase(events, process, some, second_way):
    law = second_way
    theirs = events[events.user_id.isin(some.user_id.unique())]
    predicted = predict_sessions(theirs, process, events_seen=2).set_index(
        ["user_id", "user_session", "started_at"]
    )

    off = []
    for user, customer in theirs.groupby("user_id"):
        said = []  # of each earlier visit: its end, and what it says of the customer
        for number, (start, session, kinds, last) in enumerate(visits_of(customer)[:5]):
            buying = law.buying(start.hour)

            def mix(given, buying=buying):
                return buying * given[4] + (1 - buying) * (law.other @ given[:4])

            if (user, session, start) in predicted.index:
                share, *_ = law.minutes(law.first_day, start.floor("min"))
                weight = law.draw_rates(number + 1, share.sum() + 1e-6)[1]
                weight = weight + sum(what for end, what in said if end < start)
                begun = mix(law.likelihood(kinds[:2], start, ends=False))
                bought = mix(law.likelihood(kinds[:2], start, ends=False, later_purchase=True))
                mean, standard_error = weighted_mean(bought / begun, weight + np.log(begun))
                found = predicted.loc[(user, session, start)].purchase_probability
                off.append((found - mean) / (standard_error + 1e-3 * mean + 1e-9))
            said.append((last, np.log(mix(law.likelihood(kinds, start, ends=True)))))
    off = np.array(off)
    assert theirs.user_id.nunique() == 1000
    assert len(off) > 1000
    assert np.isnan(off).mean() < 0.05
    assert np.nanmax(np.abs(off)) < 5
    assert np.sqrt(np.nanmean(off**2)) < 1.2


def test_a_second_way_gives_the_same_expected_price(some, parameters):
    shop = Shop(parameters)
    ordered = order_events(some, parameters)
    found = expected_prices(ordered, shop)
    number_of = {category: number for number, category in enumerate(shop.category_id)}
    prices, tastes, tiers = shop.mean_prices(), shop.taste_shares(), shop.tier_chances()
    chances = shop.category_chances()
    stays = parameters.products.same_category_chance
    shelves = pd.Series(shop.tier).groupby([shop.category, shop.price]).first()

    for customer, rows in ordered.groupby("customer"):
        taste, tier, category, product, kind = tastes.copy(), np.ones(5) / 5, None, None, None
        for event in rows.itertuples():
            is_new = event.position == 0 or event.event_type == "view"
            is_new |= event.product_id != product or event.event_type == kind
            if is_new:
                now = number_of[event.category_id]
                drawn = chances[:, :, now]
                again = event.position > 0 and now == category
                taste = taste * (stays + (1 - stays) * drawn if again else drawn)
                taste /= taste.sum()
                if event.price > 0:
                    tier = tier * tiers[:, shelves[now, event.price]]
                    tier /= tier.sum()
            category, product, kind = (
                number_of[event.category_id],
                event.product_id,
                event.event_type,
            )
        by_category = taste.ravel() @ chances.reshape(taste.size, -1)
        expected = by_category @ prices @ (tier @ tiers)
        assert found[customer] == pytest.approx(expected, rel=1e-3)


def with_what_came(predicted, events):
    """Put beside each prediction what the customer bought in the week, and for how much."""
    week = (events.event_time >= SNAPSHOT) & (events.event_time < SNAPSHOT + WEEK)
    bought = events[week & (events.event_type == "purchase")]
    spent = bought.groupby("user_id").price.sum().rename("spend")
    table = predicted.join(spent, on="user_id")
    return table.assign(came=table.spend.notna(), spend=table.spend.fillna(0))


def deviations(probability, came, groups):
    """Standardised differences between what came and the sum of probabilities, by tenth."""
    tenth = pd.qcut(probability.rank(method="first"), groups, labels=False)
    variance = probability * (1 - probability)
    table = pd.DataFrame({"off": came - probability, "variance": variance}).groupby(tenth).sum()
    return (table.off / np.sqrt(table.variance)).to_numpy()


def test_purchase_probabilities_are_calibrated(predicted, events):
    table = with_what_came(predicted, events)

    off = deviations(table.purchase_probability, table.came, 10)
    assert table.came.sum() > 300
    assert (off**2).sum() < 29.6  # the 99.9th percentile of chi-squared with 10 degrees
    assert abs(deviations(table.purchase_probability, table.came, 1)[0]) < 3


def test_expected_spend_adds_up_to_revenue(predicted, events):
    table = with_what_came(predicted, events)

    random = np.random.default_rng(1)
    ratios = []
    for _ in range(500):
        again = table.iloc[random.integers(0, len(table), len(table))]
        ratios.append(again.expected_spend.sum() / again.spend.sum())
    low, high = np.quantile(ratios, [0.0005, 0.9995])
    assert low < 1 < high
    assert high - low < 0.8


@pytest.mark.parametrize("events_seen", [1, 2, 3, 5, 10])
def test_chances_of_a_later_purchase_are_calibrated(events, process, events_seen):
    predicted = predict_sessions(events, process, events_seen)
    bought = events[events.event_type == "purchase"].groupby(["user_id", "user_session"]).size()
    came = predicted.join(bought.rename("n"), on=["user_id", "user_session"]).n.notna()

    off = deviations(predicted.purchase_probability, came, 5)
    assert came.sum() > 500
    assert (off**2).sum() < 20.5  # the 99.9th percentile of chi-squared with 5 degrees


def test_knowing_the_events_is_worth_more_than_nothing_and_less_than_knowing_the_customer(
    predicted, events, parameters, second_way
):
    from customer_behavior.pipelines.simulation.blocks import Blocks

    blocks = Blocks(parameters)
    customers = [blocks.draw(number).customers for number in range(blocks.number)]
    hidden = pd.DataFrame(
        {
            name: np.concatenate([getattr(block, name) for block in customers])
            for name in ("user_id", "rate", "purchase_log_odds")
        }
    )
    share, hour, outage = second_way.minutes(SNAPSHOT, SNAPSHOT + WEEK)
    logged = np.bincount(hour, np.where(outage, 0, share), minlength=24)
    buying = 1 / (1 + np.exp(-(hidden.purchase_log_odds.to_numpy()[:, None] + second_way.shift)))
    hidden["oracle"] = 1 - np.exp(-hidden.rate * (buying @ logged))
    table = with_what_came(predicted, events).merge(hidden, on="user_id")

    def log_loss(probability):
        probability = np.clip(probability, 1e-9, 1 - 1e-9)
        return -np.where(table.came, np.log(probability), np.log(1 - probability)).mean()

    base_rate = np.full(len(table), table.came.mean())
    assert log_loss(table.oracle) < log_loss(table.purchase_probability) < log_loss(base_rate)


def test_events_behind_the_snapshot_change_nothing(events, process, predicted):
    later = events[events.event_time >= SNAPSHOT].assign(event_type="purchase")
    altered = pd.concat([events[events.event_time < SNAPSHOT], later])

    again = predict_customers(altered, process, SNAPSHOT, horizon_days=7)

    pd.testing.assert_frame_equal(again, predicted)


def test_a_customer_with_more_purchases_is_more_likely_to_buy():
    def visit(user, day, *kinds):
        start = dt.datetime(2019, 11, day, 10)
        return [
            {
                "user_id": user, "user_session": f"{user} {day}", "event_type": kind,
                "event_time": start + dt.timedelta(minutes=minute), "product_id": 1,
                "category_id": category, "price": 10.0,
            }
            for minute, kind in enumerate(kinds)
        ]  # fmt: skip

    parameters = simulation_parameters()
    category = int(Shop(parameters).category_id[0])
    events = pd.DataFrame(
        [
            *visit(1, 5, "view"), *visit(1, 7, "view"),
            *visit(2, 5, "view"), *visit(2, 7, "view", "cart", "purchase"),
            *visit(3, 5, "view", "purchase"), *visit(3, 7, "view", "cart", "purchase"),
        ]
    )  # fmt: skip

    found = predict_customers(events, process_of(parameters), SNAPSHOT, 7)

    assert found.user_id.tolist() == [1, 2, 3]
    assert (found.purchase_probability.diff().dropna() > 0).all()
    assert (found.expected_spend > 0).all()


def test_without_events_there_is_nothing_to_tell(events, process):
    none = predict_customers(events, process, pd.Timestamp("2019-10-01 00:00:01"), 7)

    assert len(none) == 0
    assert list(none.columns) == ["user_id", "purchase_probability", "expected_spend"]
    assert len(predict_sessions(events[:0], process, 1)) == 0


@pytest.mark.parametrize("snapshot", ["2019-10-01", "2019-12-01", "2019-11-25"])
def test_days_beyond_the_calendar_are_refused(events, process, snapshot):
    with pytest.raises(ValueError, match="must lie in the calendar"):
        predict_customers(events, process, pd.Timestamp(snapshot), 7)


def test_a_type_that_no_customer_has_changes_nothing_but_itself(events, parameters):
    types = parameters.model_dump()["customer_types"]
    types["browser"]["share"] += types["frequent_buyer"]["share"]
    types["frequent_buyer"]["share"] = 0
    process = process_of(simulation_parameters(customer_types=types))

    found = predict_customers(events, process, SNAPSHOT, 7)

    assert found.purchase_probability.between(0, 1).all()
