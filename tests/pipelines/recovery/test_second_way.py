"""What is predicted of simulated customers, beside a second way to it."""

import numpy as np
import pandas as pd
import pytest

from customer_behavior.pipelines.recovery.achievable import predict_sessions
from customer_behavior.pipelines.recovery.expected_prices import expected_prices
from customer_behavior.pipelines.recovery.observed_visits import order_events
from customer_behavior.pipelines.simulation.shop import Shop
from second_way import SNAPSHOT, WEEK, visits_of, weighted_mean

# No Spark: what holds on one line holds on the other.
pytestmark = [pytest.mark.slow, pytest.mark.default_line]


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


@pytest.mark.long
def test_a_second_way_gives_the_same_chance_of_a_later_purchase(events, process, some, second_way):
    law = second_way
    theirs = events[events.user_id.isin(some.user_id.unique())]
    sessions = theirs[["user_id", "user_session"]].drop_duplicates().assign(k=2)
    predicted = predict_sessions(theirs, sessions, process).set_index(
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
