"""Kedro-Viz as a person sees it."""

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.request

import pytest
from kedro.framework.project import configure_project
from kedro.framework.project import pipelines as registered

pytestmark = pytest.mark.ui

SCREEN = {"width": 1440, "height": 900}
BOX = ".pipeline-node--modularPipeline"
#: What `make viz` opens, see the Makefile.
PIPELINES = "?types=nodes"
EVERYTHING = "?types=nodes,datasets"
# Kedro-Viz without the tour of a first visit, and without the small map over the large one.
QUIET = {
    "showFeatureHints": False,
    "visible": {"graph": True, "miniMap": False, "sidebar": True},
}
# They are no part of `kedro run`, or all of it.
NO_BOXES = {"simulation", "__default__"}
# Nothing that Kedro-Viz could show: a page, and tables of Spark.
WITHOUT_PREVIEW = {"report", "customer_propensity.known_rows", "session_intent.known_rows"}


@pytest.fixture
def page(browser, kedro_viz):
    page = browser.new_page(viewport=SCREEN, base_url=kedro_viz)
    page.add_init_script(f"localStorage.KedroViz ??= '{json.dumps(QUIET)}'")
    # Whether there is a newer version depends on the network, and is said in a banner.
    page.route("**/api/version", lambda route: route.abort())
    yield page
    page.close()


@pytest.fixture(scope="module")
def ask(kedro_viz):
    """What the page gets from its server."""

    @functools.cache
    def answer(path):
        with urllib.request.urlopen(f"{kedro_viz}/api/{path}") as response:
            return json.load(response)

    return answer


@pytest.fixture(scope="module")
def pipelines():
    """The names of all pipelines."""
    configure_project("customer_behavior")
    return set(registered)


def test_each_pipeline_is_a_box_and_all_are_readable_on_one_screen(page, pipelines, screenshots):
    page.goto(PIPELINES)
    page.locator(BOX).first.wait_for()
    settle(page)
    page.screenshot(path=screenshots / "lineage.png")

    boxes = page.locator(BOX)
    assert set(boxes.all_text_contents()) == pipelines - NO_BOXES
    for box in boxes.all():
        place = box.bounding_box()
        assert place["height"] > 20, "too small to be read"
        assert place["x"] > 0
        assert place["x"] + place["width"] < SCREEN["width"]
        assert 0 < place["y"] < SCREEN["height"] - place["height"]


def test_each_pipeline_can_be_chosen(page, pipelines):
    page.goto(PIPELINES)
    page.locator(".pipeline-list button").click()

    assert set(page.get_by_role("option").all_inner_texts()) == pipelines


def test_a_pipeline_opens_and_shows_its_nodes(page):
    page.goto(PIPELINES)
    page.locator(f"{BOX}[data-id='ingestion']").click()

    for name in ("land_source_files", "classify_lines", "build_ingestion_ledger"):
        page.locator(f".pipeline-node--task[data-node-fullname='{name}']").wait_for()


def test_a_click_on_events_shows_it_in_its_layer(page, screenshots):
    page.goto(EVERYTHING)
    page.get_by_title("events", exact=True).first.click()
    page.locator(".pipeline-metadata").get_by_text("datasets.EventsDataset").wait_for()
    settle(page)
    page.screenshot(path=screenshots / "events.png")

    chosen = page.locator(".pipeline-node--selected").bounding_box()
    middle = chosen["y"] + chosen["height"] / 2
    layers = page.locator(".pipeline-layer-name").all_inner_texts()
    bands = [band.bounding_box() for band in page.locator("rect.pipeline-layer").all()]
    (layer,) = [
        name
        for name, band in zip(layers, bands, strict=True)
        if band["y"] <= middle <= band["y"] + band["height"]
    ]
    assert layer == "primary"


def test_a_figure_opens(page, screenshots):
    page.goto(EVERYTHING)
    page.get_by_title("brand_trends_figure", exact=True).first.click()
    page.locator(".pipeline-metadata .js-plotly-plot .trace").first.wait_for()
    page.get_by_role("button", name="Expand preview").click()
    figure = page.locator(".pipeline-metadata-modal .js-plotly-plot")
    figure.locator(".trace").first.wait_for()
    page.screenshot(path=screenshots / "figure.png")

    assert "Which brands gained and lost" in figure.inner_text()


def test_a_table_shows_its_rows(page, screenshots):
    page.goto(EVERYTHING)
    page.get_by_title("events_by_month", exact=True).first.click()
    page.get_by_role("button", name="Expand preview").click()
    rows = page.locator(".pipeline-metadata-modal table tr")
    rows.first.wait_for()
    page.screenshot(path=screenshots / "table.png")

    assert rows.count() > 1


def test_all_tables_and_figures_of_the_reporting_layer_can_be_seen(ask):
    shown = [node for node in ask("main")["nodes"] if node.get("layer") == "reporting"]

    without = {node["name"] for node in shown if not ask(f"nodes/{node['id']}").get("preview")}

    assert len(shown) > 50
    assert without <= WITHOUT_PREVIEW


def test_each_node_shows_its_description_and_its_parameters(ask):
    nodes = [node for node in ask("main")["nodes"] if node["type"] == "task"]

    assert len(nodes) > 100
    for node in nodes:
        shown = ask(f"nodes/{node['id']}")
        assert '"""' in shown["code"], node["name"]
        reads = any(name.startswith("params:") for name in shown["inputs"])
        assert bool(shown["parameters"]) == reads, node["name"]


def test_the_static_site_shows_the_same(browser, finished_project, pipelines):
    subprocess.run(
        [sys.executable, "-m", "kedro", "viz", "build"],
        cwd=finished_project,
        env=os.environ | {"DO_NOT_TRACK": "1"},
        check=True,
    )
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=finished_project / "build"
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page(viewport=SCREEN)
        page.goto(f"http://127.0.0.1:{server.server_port}/{PIPELINES}")
        page.locator(BOX).first.wait_for()
        boxes = set(page.locator(BOX).all_text_contents())
        page.close()
        server.shutdown()

    assert boxes == pipelines - NO_BOXES


def settle(page):
    """Wait until nothing moves any more."""
    page.wait_for_timeout(2000)
