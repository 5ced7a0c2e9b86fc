import datetime as dt
from collections import Counter

import pytest

from simulated import NO_DEFECTS, counts, good_events, simulate, simulation_parameters, texts
from support import HEADER

SMALL = {"events": 20_000, "customers_per_block": 500}


@pytest.fixture(scope="module")
def clean():
    return simulate(simulation_parameters(**SMALL, defects=NO_DEFECTS))


def with_defect(**defect):
    lines = simulate(simulation_parameters(**SMALL, defects=NO_DEFECTS | defect))
    return texts(lines), counts(lines)


def test_lines_have_the_format_of_the_real_ones(clean):
    lines = [line.split(",") for line in texts(clean)]

    assert {len(fields) for fields in lines} == {HEADER.count(",") + 1}
    assert {fields[0][-4:] for fields in lines} == {" UTC"}
    assert {len(fields[8]) for fields in lines} == {36}
    assert all(float(fields[6]) > 0 and fields[6][-3] == "." for fields in lines)


def test_without_defects_every_line_is_a_good_and_different_event(clean):
    events = good_events(clean)

    assert len(events) == len(texts(clean))
    assert events.groupby("user_session").user_id.nunique().max() == 1
    planted = {name for name, number in counts(clean).items() if number > 0}
    assert {name for name in planted if not name.startswith("law.")} == {
        "rows.2019-10", "rows.2019-11", "first_month.purchase_sessions",
        "first_month.purchase_sessions_without_cart",
    }  # fmt: skip


def test_the_number_of_events_is_about_the_wanted_one():
    lines = simulate(simulation_parameters(events=300_000))

    # A few customers come a hundred times as often as most: the sum varies by some percent.
    assert len(texts(lines)) == pytest.approx(300_000, rel=0.1)


def test_repeated_lines_are_counted_by_type():
    lines, planted = with_defect(duplicates={"cart": 0.5, "view": 0.01}, repetitions=3)

    repeated = Counter()
    for line, copies in Counter(lines).items():
        repeated[line.split(",")[1]] += copies - 1
    assert repeated["cart"] == planted["duplicates.cart"] > 100
    assert repeated["view"] == planted["duplicates.view"] > 100
    assert repeated["purchase"] == planted["duplicates.purchase"] == 0


def test_carts_are_lost_in_the_first_month_only(clean):
    lines, planted = with_defect(lost_carts={"buy": 1, "abandon": 1})

    def months(of):
        return Counter(line[:7] for line in of if ",cart," in line)

    before = months(texts(clean))
    after = months(lines)
    assert before["2019-10"] == planted["carts_lost"] > 100
    assert after == {"2019-11": before["2019-11"]}
    sessions = planted["first_month.purchase_sessions"]
    assert planted["first_month.purchase_sessions_without_cart"] == sessions > 50


def test_no_purchase_is_logged_in_an_outage_and_nothing_else_changes(clean):
    outage = ["2019-11-10 00:00:00", "2019-11-12 00:00:00"]
    lines, planted = with_defect(purchase_outages=[outage])

    lost = set(texts(clean)) - set(lines)
    assert len(lost) == planted["purchases_lost"] > 10
    assert all(line[11:].split(",")[1] == "purchase" for line in lost)
    assert {line[:10] for line in lost} == {"2019-11-10", "2019-11-11"}
    assert set(lines) <= set(texts(clean))


def test_some_views_have_no_price():
    lines, planted = with_defect(zero_price_views=0.1)

    unpriced = [line for line in lines if line.split(",")[6] == "0.00"]
    assert len(unpriced) == planted["views_with_price_zero"] > 1000
    assert all(line.split(",")[1] == "view" for line in unpriced)


def test_damaged_lines_are_of_every_kind():
    lines, planted = with_defect(malformed_lines=0.05)

    reasons = {name: number for name, number in planted.items() if name.startswith("quarantined")}
    assert len(reasons) == 8
    assert all(number > 50 for number in reasons.values())
    assert (
        sum("remove_from_cart" in line for line in lines)
        == reasons["quarantined.unknown_event_type"]
    )


def test_shared_sessions_belong_to_two_customers():
    lines, planted = with_defect(shared_sessions=0.05)

    owners = {}
    for line in lines:
        *_, user, session = line.split(",")
        owners.setdefault(session, set()).add(user)
    assert sum(len(users) == 2 for users in owners.values()) == planted["shared_sessions"] > 50
    assert max(map(len, owners.values())) == 2


def test_lasting_sessions_go_on_after_a_week():
    lines, planted = with_defect(lasting_sessions=0.2)

    times = {}
    for line in lines:
        times.setdefault(line.split(",")[8], []).append(dt.datetime.fromisoformat(line[:19]))
    lasting = [t for t in times.values() if max(t) - min(t) >= dt.timedelta(days=7)]
    assert len(lasting) == planted["lasting_sessions"] > 50


def test_bots_view_quickly_and_much_and_buy_nothing():
    lines, planted = with_defect(bots={"share": 0.01, "sessions": 300})

    of_user = Counter(line.split(",")[7] for line in lines)
    bots = {user for user, events in of_user.most_common(planted["bots"])}
    assert planted["bots"] > 3
    assert {line.split(",")[1] for line in lines if line.split(",")[7] in bots} == {"view"}


def test_the_same_seed_gives_the_same_lines_and_another_seed_others():
    parameters = simulation_parameters(events=2000)

    assert simulate(parameters) == simulate(parameters)
    other = simulation_parameters(events=2000, seed=7)
    assert simulate(parameters).column("line") != simulate(other).column("line")


@pytest.mark.parametrize("seed", range(12))
def test_very_few_events_are_counted_by_month_too(seed):
    lines = simulate(simulation_parameters(events=1, seed=seed))

    planted = counts(lines)
    assert planted["rows.2019-10"] + planted["rows.2019-11"] == len(texts(lines))


def test_a_block_that_nothing_is_logged_of_still_says_what_was_lost():
    always = ["2019-10-01 00:00:00", "2019-12-01 00:00:00"]
    buying = {"start": {"purchase": 1}, "after_view": {}, "after_cart": {}, "after_purchase": {}}
    chains = dict.fromkeys(("glance", "browse", "explore", "abandon", "buy"), buying)
    lines = simulate(
        simulation_parameters(
            events=1000, session_chains=chains, defects=NO_DEFECTS | {"purchase_outages": [always]}
        )
    )

    assert texts(lines) == []
    assert counts(lines)["purchases_lost"] > 500
