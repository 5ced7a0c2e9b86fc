"""What the shop sells, and how customers choose from it."""

from collections import Counter

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.parameters import (
    SimulationError,
    SimulationParameters,
)

_FIRST_CATEGORY_ID = 2053013552326770905
_FIRST_PRODUCT_ID = 1_000_000
#: How much of the spread of log-prices lies between categories, and within them.
_PRICE_SPREAD = (0.8, 0.6)
#: The number of products of a category grows with its popularity to this power.
_ASSORTMENT_EXPONENT = 0.7
_BRANDS_OF_A_CATEGORY = 15
# The most popular categories are in no planted pair: they are in most baskets anyway.
_CATEGORIES_IN_NO_PAIR = 3


class Shop:
    """Categories, products and tastes, all drawn from the seed and the same for any size.

    A customer's category is drawn from the law of the own interest or, for a customer with an
    affinity, with chance ``strength`` from the two categories of the pair. The interests' laws
    mix to the popularity of the categories.

    Attributes:
        category_id, category_code, interest_of: Per category; a missing code is ''.
        interests: The top-level categories.
        interest_shares: Share of the customers with each main interest.
        by_interest: Chance of each category, by interest.
        pairs: The two categories of each affinity.
        same_category_chance: Chance that the next product of a visit is of the same category.
        category, tier, price: Per product, sorted by category and tier.
        product_text: Per product the fields from product_id to price, as in the raw files; behind
            them the same with price 0.
    """

    def __init__(self, parameters: SimulationParameters) -> None:
        """Draw the shop."""
        random = np.random.default_rng([parameters.seed, 0])
        self._parameters = parameters
        self._affinity = parameters.affinities
        self._settings = parameters.products
        self.same_category_chance = parameters.products.same_category_chance
        self._draw_categories(random)
        self._draw_interests()
        self._draw_pairs(random)
        self._draw_products(random)
        self._write_products(random)

    def draw_tastes(
        self, number: int, random: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Draw the main interest, the affinity (-1: none) and the price tier of customers."""
        interest = random.choice(len(self.interests), number, p=self.interest_shares)
        has_pair = random.random(number) < self._affinity.customer_share * bool(len(self.pairs))
        pair = random.integers(0, max(1, len(self.pairs)), number)
        tier = random.integers(0, self._settings.price_tiers, number)
        return interest, np.where(has_pair, pair, -1), tier

    def draw_categories(
        self, interest: NDArray[np.int64], pair: NDArray[np.int64], random: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw one category for each customer given."""
        found = interest + random.random(len(interest))
        category = np.searchsorted(self._interests_in_a_row, found, side="right")
        category = np.minimum(category - interest * self._categories, self._categories - 1)
        if not len(self.pairs):
            return category
        from_pair = (pair >= 0) & (random.random(len(pair)) < self._affinity.strength)
        return np.where(from_pair, self.pairs[pair, random.integers(0, 2, len(pair))], category)

    def draw_products(
        self, category: NDArray[np.int64], tier: NDArray[np.int64], random: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw one product from each category given, for customers of the price tiers given."""
        settings = self._settings
        any_tier = random.integers(0, settings.price_tiers, len(category))
        own = random.random(len(category)) < settings.own_tier_chance
        shelf = category * settings.price_tiers + np.where(own, tier, any_tier)
        product = np.searchsorted(self._shelves_in_a_row, shelf + random.random(len(shelf)))
        return np.clip(product, self._first_on_shelf[shelf], self._first_on_shelf[shelf + 1] - 1)

    def expected_prices(self) -> NDArray[np.float64]:
        """Expected price of a product that is drawn, by interest, affinity and own price tier.

        The first of the second dimension is no affinity.
        """
        return np.einsum(
            "ijc,ct,kt->ijk", self.category_chances(), self.mean_prices(), self.tier_chances()
        )

    def category_chances(self) -> NDArray[np.float64]:
        """Chance of each category by interest and affinity: interests by 1 + pairs by categories.

        The first of the second dimension is no affinity.
        """
        strength = self._affinity.strength
        of_pairs = np.zeros((len(self.pairs), self._categories))
        np.put_along_axis(of_pairs, self.pairs, 0.5, axis=1)
        mixed = (1 - strength) * self.by_interest[:, None, :] + strength * of_pairs[None, :, :]
        return np.concatenate([self.by_interest[:, None, :], mixed], axis=1)

    def taste_shares(self) -> NDArray[np.float64]:
        """Share of the customers by interest and affinity: interests by 1 + pairs."""
        share = self._affinity.customer_share * bool(len(self.pairs))
        with_pair = np.full(len(self.pairs), share / max(1, len(self.pairs)))
        return np.outer(self.interest_shares, np.append(1 - share, with_pair))

    def tier_chances(self) -> NDArray[np.float64]:
        """Chance of each tier of a product, by the customer's own tier."""
        tiers, own = self._settings.price_tiers, self._settings.own_tier_chance
        return np.full((tiers, tiers), (1 - own) / tiers) + own * np.eye(tiers)

    def mean_prices(self) -> NDArray[np.float64]:
        """Mean price of a drawn product, by category and tier."""
        shelf = self.category * self._settings.price_tiers + self.tier
        total = np.bincount(shelf, self._chance_on_shelf * self.price)
        return total.reshape(self._categories, -1)

    def top_level(self, category: NDArray[np.int64]) -> NDArray[np.str_]:
        """First name of the categories' codes."""
        return np.array([code.partition(".")[0] for code in self.category_code[category]])

    def _draw_categories(self, random: np.random.Generator) -> None:
        settings = self._settings
        self._categories = settings.category_ids
        popularity = np.arange(1.0, self._categories + 1) ** -settings.category_exponent
        self._base_popularity = popularity / popularity.sum()
        self.category_id = _FIRST_CATEGORY_ID + np.sort(
            random.choice(10**15, self._categories, replace=False)
        )
        self.category_id = random.permutation(self.category_id)
        codes = np.array(settings.category_codes)
        self._home = np.append(
            np.arange(min(len(codes), self._categories)),
            random.integers(0, len(codes), max(0, self._categories - len(codes))),
        )
        self.category_code = codes[self._home].astype(object)
        self.interests, self.interest_of = np.unique(
            self.top_level(np.arange(self._categories)), return_inverse=True
        )
        self.category_code[self._without_code(random)] = ""

    def _without_code(self, random: np.random.Generator) -> NDArray[np.int64]:
        """Choose categories that have no code, so many that the wanted share of rows is theirs."""
        of_pairs = (
            self._affinity.customer_share * self._affinity.strength * bool(self._affinity.pairs)
        )
        wanted = min(1.0, self._settings.without_code_share / max(1e-9, 1 - of_pairs))
        order = 1 + random.permutation(self._categories - 1)
        return _fill(order, self._base_popularity, wanted)

    def _draw_interests(self) -> None:
        strength, number = self._settings.interest_strength, len(self.interests)
        chance = np.full((number, self._categories), 1 / (strength + number - 1))
        chance[self.interest_of, np.arange(self._categories)] *= strength
        joint = chance * self._base_popularity
        self.interest_shares = joint.sum(axis=1)
        self.by_interest = joint / self.interest_shares[:, None]
        rows = np.cumsum(self.by_interest, axis=1)
        self._interests_in_a_row = (rows / rows[:, -1:] + np.arange(number)[:, None]).ravel()

    def _draw_pairs(self, random: np.random.Generator) -> None:
        """Pair the most popular category ids that have a code of their own, each used once."""
        codes, first = np.unique(self.category_code, return_index=True)
        candidates = np.sort(first[codes != ""])[_CATEGORIES_IN_NO_PAIR:]
        wanted = self._affinity.pairs
        found: list[list[int]] = []
        for number in range(min(2 * wanted, len(candidates)), len(candidates) + 1):
            found = self._pair(list(random.permutation(candidates[:number])))
            if len(found) >= wanted:
                break
        if len(found) < wanted:
            raise SimulationError(
                f"simulation.affinities.pairs: the category codes make {len(found)} pairs of "
                f"different top level, not {wanted}. Ask for fewer."
            )
        found = found[:wanted]
        self.pairs = np.array(found, dtype=np.int64).reshape(-1, 2)

    def _pair(self, candidates: list[int]) -> list[list[int]]:
        """Pair categories of different top level, as many as can be."""
        found = []
        while candidates:
            # From the top level with most of them, so that partners are left for the others.
            tops = Counter(self.interest_of[c] for c in candidates)
            one = max(candidates, key=lambda c: tops[self.interest_of[c]])
            candidates.remove(one)
            others = [c for c in candidates if self.interest_of[c] != self.interest_of[one]]
            if others:
                candidates.remove(others[0])
                found.append(sorted((one, others[0])))
        return found

    def _draw_products(self, random: np.random.Generator) -> None:
        settings, tiers = self._settings, self._settings.price_tiers
        wish = self._base_popularity**_ASSORTMENT_EXPONENT
        assortment = np.maximum(tiers, (settings.products * wish / wish.sum()).astype(int))
        category = np.repeat(np.arange(self._categories), assortment)
        rank = _rank_within(category)
        popularity = (rank + 1.0) ** -settings.product_exponent
        popularity /= np.bincount(category, popularity)[category]
        between, within = _PRICE_SPREAD
        score = between * random.standard_normal(self._categories)[
            category
        ] + within * random.standard_normal(len(category))
        order = np.lexsort([score, category])
        self.category, popularity, score = category[order], popularity[order], score[order]
        self.tier = _rank_within(self.category) * tiers // assortment[self.category]
        self._fill_shelves(popularity)
        self.price = self._price(score)
        self._product_id = _FIRST_PRODUCT_ID + random.permutation(len(category)) * 100

    def _fill_shelves(self, popularity: NDArray[np.float64]) -> None:
        """Chance of each product on its shelf, the products of one category and tier."""
        shelf = self.category * self._settings.price_tiers + self.tier
        self._chance_on_shelf = popularity / np.bincount(shelf, popularity)[shelf]
        self._shelves_in_a_row = np.cumsum(self._chance_on_shelf)
        self._first_on_shelf = np.searchsorted(shelf, np.arange(shelf[-1] + 2))

    def _price(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the products, in the order of their scores, the prices of the wanted quantiles."""
        chance = self._chance_of_product()
        order = np.argsort(score, kind="stable")
        below = np.empty(len(score))
        below[order] = np.cumsum(chance[order]) - chance[order] / 2
        quantiles = sorted(self._settings.price_quantiles.items())
        shares, prices = map(np.array, zip(*quantiles, strict=True))
        return np.round(np.exp(np.interp(below, shares, np.log(prices))), 2)

    def _chance_of_product(self) -> NDArray[np.float64]:
        """Chance of each product when any customer draws one."""
        category = np.einsum("ij,ijk->k", self.taste_shares(), self.category_chances())
        return category[self.category] * self._chance_on_shelf / self._settings.price_tiers

    def _write_products(self, random: np.random.Generator) -> None:
        settings = self._settings
        brands = np.array(_names(settings.brands, random), dtype=object)
        of_category = random.integers(0, len(brands), (self._categories, _BRANDS_OF_A_CATEGORY))
        popularity = np.arange(1.0, _BRANDS_OF_A_CATEGORY + 1) ** -settings.brand_exponent
        popularity /= popularity.sum()
        choice = random.choice(_BRANDS_OF_A_CATEGORY, len(self.category), p=popularity)
        brand = brands[of_category[self.category, choice]]
        order = random.permutation(len(brand))
        brand[_fill(order, self._chance_of_product(), settings.without_brand_share)] = ""
        described = [
            f"{product},{category},{code},{name}"
            for product, category, code, name in zip(
                self._product_id,
                self.category_id[self.category],
                self.category_code[self.category],
                brand,
                strict=True,
            )
        ]
        priced = [f"{text},{price:.2f}" for text, price in zip(described, self.price, strict=True)]
        self.product_text = pa.array(priced + [f"{text},0.00" for text in described])


def _rank_within(sorted_groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of each element in its group, from 0."""
    return np.arange(len(sorted_groups)) - np.searchsorted(sorted_groups, sorted_groups)


def _fill(
    order: NDArray[np.int64], weight: NDArray[np.float64], wanted: float
) -> NDArray[np.int64]:
    """Take elements in their order as long as the sum of their weights stays below what is wanted.

    One that would go over it is passed by.
    """
    taken, total = [], 0.0
    for element in order:
        if total + weight[element] <= wanted:
            taken.append(element)
            total += weight[element]
    return np.array(taken, dtype=np.int64)


def _names(number: int, random: np.random.Generator) -> list[str]:
    """Invent different names of two to four syllables."""
    consonants, vowels = np.array(list("bdfgklmnprstvz")), np.array(list("aeiou"))
    found: dict[str, None] = {}
    while len(found) < number:
        syllables = random.integers(2, 5)
        letters = zip(
            random.choice(consonants, syllables), random.choice(vowels, syllables), strict=True
        )
        found["".join(a + b for a, b in letters)] = None
    return list(found)
