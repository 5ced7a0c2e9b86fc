import pandas as pd
import pytest

from customer_behavior.pipelines.exploration.intervals import add_share


def test_a_share_has_its_wilson_interval_and_no_trials_have_none():
    table = pd.DataFrame({"hits": [10, 0, 0], "trials": [100, 20, 0]})

    found = add_share(table, "hits", "trials", 0.95)

    assert found["share"].tolist()[:2] == [0.1, 0.0]
    # (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n) by hand, z = 1.959964
    assert found["share_low"][0] == pytest.approx(0.0552291, abs=1e-6)
    assert found["share_high"][0] == pytest.approx(0.1743657, abs=1e-6)
    assert found["share_low"][1] == 0
    assert found["share_high"][1] == pytest.approx(0.1611252, abs=1e-6)
    assert found.loc[2, ["share", "share_low", "share_high"]].isna().all()
