import pytest
import yaml

from conftest import PROJECT
from customer_behavior.pipelines.regression.parameters import RegressionParameters


@pytest.fixture(scope="session")
def settings():
    text = (PROJECT / "conf/base/parameters/regression.yml").read_text()
    return RegressionParameters.model_validate(yaml.safe_load(text)["regression"])


@pytest.fixture(scope="session")
def forecast_settings(settings):
    return settings.revenue_forecast
