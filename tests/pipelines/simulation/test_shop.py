import numpy as np
import pytest

from customer_behavior.pipelines.simulation.parameters import SimulationError
from customer_behavior.pipelines.simulation.shop import Shop
from simulated import simulation_parameters


@pytest.fixture(scope="module")
def shop():
    return Shop(simulation_parameters())


def test_the_interests_mix_to_the_popularity_of_the_categories(shop):
    mixed = shop.interest_shares @ shop.by_interest

    popularity = 1 / np.arange(1, len(mixed) + 1)
    assert mixed == pytest.approx(popularity / popularity.sum())


def test_rows_without_category_or_brand_have_the_wanted_share(shop):
    fields = [text.split(",") for text in shop.product_text.to_pylist()[: len(shop.price)]]
    random = np.random.default_rng(1)
    interest, pair, tier = shop.draw_tastes(200_000, random)
    product = shop.draw_products(shop.draw_categories(interest, pair, random), tier, random)

    has_code = np.array([row[2] != "" for row in fields])
    has_brand = np.array([row[3] != "" for row in fields])
    assert np.mean(~has_code[product]) == pytest.approx(0.32, abs=0.01)
    assert np.mean(~has_brand[product]) == pytest.approx(0.14, abs=0.01)


def test_drawn_prices_have_the_published_quantiles(shop):
    random = np.random.default_rng(1)
    interest, pair, tier = shop.draw_tastes(200_000, random)
    product = shop.draw_products(shop.draw_categories(interest, pair, random), tier, random)

    found = np.quantile(shop.price[product], [0.25, 0.5, 0.75, 0.9])
    assert found == pytest.approx([65.98, 163.5, 358.57, 758.24], rel=0.03)
    assert shop.price.max() <= 2574.07
    assert shop.price.min() >= 0.77


def test_a_drawn_product_is_of_the_category_and_mostly_of_the_own_tier(shop):
    random = np.random.default_rng(1)
    category = random.integers(0, len(shop.category_id), 50_000)
    product = shop.draw_products(category, np.full(50_000, 3), random)

    assert (shop.category[product] == category).all()
    # The own tier with chance .5, else any of five.
    assert np.mean(shop.tier[product] == 3) == pytest.approx(0.6, abs=0.01)


def test_categories_are_drawn_as_their_chances_say(shop):
    random = np.random.default_rng(1)
    interest, pair = np.full(200_000, 2), np.full(200_000, 5)
    drawn = shop.draw_categories(interest, pair, random)

    found = np.bincount(drawn, minlength=len(shop.category_id)) / len(drawn)
    assert found == pytest.approx(shop.category_chances()[2, 6], abs=0.004)
    assert found[shop.pairs[5]] == pytest.approx(0.35, abs=0.03)


def test_the_expected_price_of_a_customer_is_the_mean_of_what_is_drawn(shop):
    random = np.random.default_rng(1)
    interest, pair, tier = (np.full(200_000, number) for number in (1, -1, 4))
    product = shop.draw_products(shop.draw_categories(interest, pair, random), tier, random)

    expected = shop.expected_prices()[1, 0, 4]
    standard_error = shop.price[product].std() / np.sqrt(len(product))
    assert abs(shop.price[product].mean() - expected) < 4 * standard_error


def test_pairs_are_of_categories_of_different_top_level_each_used_once(shop):
    tops = shop.top_level(shop.pairs.ravel()).reshape(-1, 2)

    assert len(shop.pairs) >= 20
    assert (tops[:, 0] != tops[:, 1]).all()
    assert len(np.unique(shop.pairs)) == 2 * len(shop.pairs)
    assert (shop.category_code[shop.pairs] != "").all()


def test_too_many_pairs_are_refused():
    with pytest.raises(SimulationError, match=r"make [2-9][0-9] pairs .* Ask for fewer"):
        Shop(simulation_parameters(affinities={"pairs": 100}))
