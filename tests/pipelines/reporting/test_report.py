import json
import re
from html.parser import HTMLParser

import pandas as pd
import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs

from customer_behavior.figure_style import finish
from customer_behavior.pipelines.reporting.blocks import facts, figure, section, table
from customer_behavior.pipelines.reporting.report_rows import take_report_rows
from customer_behavior.pipelines.reporting.sections.data import report_data
from customer_behavior.pipelines.reporting.sections.shop import report_visits
from report_results import CURRENT, EARLIER, LEDGER, NO_ROWS, entry, make_ledger, render

HOSTILE = "</script><img src=x onerror=alert(1)>"
SHOWN = {"is_shown": True, "note": None, "command": None}


class Page(HTMLParser):
    """The tags of a page with their attributes, and the text of each script."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.scripts, self._script = [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._script = tag == "script"
        if self._script:
            self.scripts.append("")

    def handle_data(self, data):
        if self._script:
            self.scripts[-1] += data

    def handle_endtag(self, tag):
        self._script = False

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def draw(name="sony", points=2):
    bars = go.Bar(x=[name] * points, y=list(range(points)))
    return finish(go.Figure(bars), f"Sales of {name}", "by day", 400)


def page_of(*blocks):
    return render(section("Title", "Lead", SHOWN, blocks))


def cells(block):
    return [row[1:] for row in block["rows"]]


def numbers(texts):
    return [int(text.replace(",", "")) for text in texts]


def test_the_lines_by_file_add_up_to_the_total():
    section = report_data(LEDGER, NO_ROWS)
    by_file = next(block for block in section["blocks"] if "by file" in block.get("caption", ""))

    assert by_file["rows"] == [
        ["2019-Oct.csv", "2019-10", "7", "6", "1", "0"],
        ["2019-Nov.csv", "2019-11", "13", "10", "0", "3"],
    ]
    assert by_file["total"] == ["Total", "", "20", "16", "1", "3"]


def test_the_lines_by_reason_add_up_to_what_was_read():
    section = report_data(LEDGER, NO_ROWS)
    by_reason = next(block for block in section["blocks"] if "reason" in block.get("caption", ""))

    assert by_reason["rows"] == [
        ["Kept", "16", "80.0\N{NO-BREAK SPACE}%"],
        ["Refused: bad price", "1", "5.0\N{NO-BREAK SPACE}%"],
        ["Duplicate: cart", "2", "10.0\N{NO-BREAK SPACE}%"],
        ["Duplicate: view", "1", "5.0\N{NO-BREAK SPACE}%"],
    ]
    assert by_reason["total"][1] == "20"


def test_many_files_are_added_up_in_one_row_and_nothing_is_lost():
    ledger = make_ledger(*(entry(f"{day}.csv", "2019-10", kept=1000) for day in range(60)))

    section = report_data(ledger, NO_ROWS)
    by_file = next(block for block in section["blocks"] if "by file" in block.get("caption", ""))

    assert by_file["rows"][-1][0] == "36 others"
    assert sum(numbers(row[2] for row in by_file["rows"])) == 60_000
    assert by_file["total"][2] == "60,000"


def test_plotly_is_in_the_page_once_however_many_figures_there_are():
    html = page_of(*figure("one_figure", draw()), *figure("other_figure", draw()))

    assert html.count(get_plotlyjs()) == 1
    assert len(Page(html).scripts) == 4  # two figures, plotly, and what draws them


def test_the_page_loads_nothing_and_forbids_it():
    page = Page(page_of(*figure("one_figure", draw())))

    addresses = [
        attributes[name]
        for _, attributes in page.tags
        for name in ("src", "href", "action", "data", "poster", "srcset")
        if name in attributes
    ]
    assert addresses
    assert all(address.startswith("#") for address in addresses)
    assert not page.all("link")
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'")


def test_a_hostile_name_is_text_everywhere():
    html = page_of(
        table(HOSTILE, HOSTILE, ["Brand", HOSTILE], [[HOSTILE, HOSTILE]]),
        facts(HOSTILE, [(HOSTILE, HOSTILE)]),
        *figure(HOSTILE, draw(HOSTILE)),
    )

    page = Page(html)
    assert not page.all("img")
    assert not any("onerror" in attributes for _, attributes in page.tags)
    assert json.loads(page.scripts[0])["data"][0]["x"] == [HOSTILE, HOSTILE]


def test_every_table_figure_and_list_names_its_dataset():
    rows = table("Rules", "category_rules", ["Rule", "Lift"], [["a", "2"]])
    html = page_of(rows, facts("recovery", [("a", "1")]), *figure("one_figure", draw()))

    body = html.split('<h2 id="title">')[1]
    for name in ("category_rules", "recovery", "one_figure"):
        assert f'data-dataset="{name}"' in body
        assert f"Source: <code>{name}</code>" in body


def test_a_column_of_another_dataset_says_so():
    html = page_of(
        table(
            "Measures",
            "evaluation",
            ["Measure", "Model", "Achievable"],
            [["PR-AUC", ".3", ".4"]],
            sources={"Achievable": "recovery"},
        )
    )

    assert '<td class="number" data-dataset="recovery">.4</td>' in html
    assert "<code>recovery</code> (Achievable)" in html


def test_the_page_stays_under_ten_megabytes():
    large = figure("large_figure", draw(points=100_000))
    many = [block for _ in range(22) for block in figure("one_figure", draw("x" * 30, 5_000))]
    long = table("Long", "long", ["Name"], [["y" * 1000]] * 100_000)

    html = page_of(*large, *many, long)

    assert sum(block["content"] is not None for block in many) == 22
    assert len(html.encode()) < 10_000_000
    assert "too large for this page" in html
    assert "the first 25 rows; all are in the dataset" in html


def test_a_figure_keeps_its_traces_and_its_title_becomes_text():
    html = page_of(*figure("one_figure", draw()))

    content = json.loads(Page(html).scripts[0])
    assert content["data"][0]["y"] == [0, 1]
    assert "title" not in content["layout"]
    assert "template" not in content["layout"]
    assert "<strong>Sales of sony</strong> <span>by day</span>" in html
    assert 'role="img" aria-label="Figure: Sales of sony. by day"' in html


def test_the_contents_lead_to_every_section():
    page = Page(render())

    targets = {attributes["id"] for attributes in page.all("h2") if "id" in attributes}
    links = {link["href"].removeprefix("#") for link in page.all("a")} - {"content"}
    assert links == {"what-the-data-hold", "the-customer-table"}
    assert links <= targets


@pytest.mark.parametrize(("source_id", "is_shown"), [(CURRENT, True), (EARLIER, False)])
def test_headlines_of_another_input_are_left_out(source_id, is_shown):
    headline = {
        "label": "PR-AUC",
        "text": ".361 [.293, .440]",
        "baseline": "best baseline .109",
        "note": "1.44 times as many were expected",
        "note_dataset": "customer_360_summary",
        "dataset": "customer_propensity.evaluation",
    }

    html = render(headlines={"source_id": source_id, "headlines": [headline]})

    shown = ("best baseline .109", "1.44 times as many", ".evaluation, customer_360_summary")
    assert all((text in html) is is_shown for text in shown)
    assert ("comes from another input" in html.split("</section>")[0]) is not is_shown


def test_the_funnel_has_the_ways_with_and_without_a_cart():
    paths = [("view_cart_buy", 3, 0.03), ("view_buy", 2, 0.02)]
    funnel = pd.DataFrame(
        [
            {
                "event_month": "2019-10",
                "dimension": "all",
                "item": "all",
                "path": path,
                "sessions": sessions,
                "share": share,
                "share_low": share - 0.01,
                "share_high": share + 0.01,
            }
            for path, sessions, share in paths
        ]
    )
    hours = pd.DataFrame(
        {
            "day_of_week": [1, 7],
            "hour": [6, 13],
            "views_per_day": [177.0, 270.2],
            "sessions": [304, 472],
            "conversion": [0.11, 0.076],
            "conversion_low": [0.08, 0.056],
            "conversion_high": [0.15, 0.104],
        }
    )
    repeats = pd.DataFrame(
        columns=["within_days", "buyers", "bought_again", "share", "share_low", "share_high"]
    )
    explored = {"source_id": CURRENT, "status": "ok"}

    section = report_visits(LEDGER, explored, hours, funnel, repeats)

    busiest, converting, ways, _ = section["blocks"]
    assert busiest["rows"][0][:2] == ["Sunday 13:00", "270"]
    assert converting["rows"][0][0] == "Monday 06:00"
    space = "\N{NO-BREAK SPACE}"
    assert ways["rows"][0] == [
        "view → cart → buy",
        "3",
        f"3.0{space}% [2.0{space}%, 4.0{space}%]",
    ]
    assert ways["rows"][1][:2] == ["view → buy", "2"]


def test_the_report_takes_few_rows_of_a_spark_table(spark):
    outages = spark.sql(
        "SELECT timestamp'2019-11-14 17:16:00' AS start, timestamp'2019-11-16 08:34:46' AS end, "
        "9L AS views, 3L AS carts, 2.5D AS expected_purchases"
    )
    rules = spark.range(60).selectExpr(
        "array('a', 'b') AS antecedent", "concat('c', id) AS consequent", "5L AS baskets",
        ".5D AS confidence", "CAST(id AS double) AS lift", "1D AS lift_low", "9D AS lift_high",
        "CAST(NULL AS boolean) AS replicates", "'id' AS model_source_id",
    )  # fmt: skip
    forecast = spark.sql(
        "SELECT category_l1, date'2019-12-01' AS event_date, 5D AS expected_revenue, 1D AS low, "
        "9D AS high, 'id' AS model_source_id FROM VALUES 'total', 'sport' AS t(category_l1)"
    )

    rows = take_report_rows(outages, forecast, rules)

    assert rows["purchase_outages"][0]["start"] == "2019-11-14 17:16:00"
    assert [row["event_date"] for row in rows["revenue_forecast"]] == ["2019-12-01"]
    assert len(rows["category_rules"]) == 50
    assert rows["category_rules"][0]["antecedent"] == "a, b"
    assert rows["category_rules"][0]["lift"] == 59
    assert json.loads(json.dumps(rows)) == rows


def test_without_rules_and_forecast_the_report_has_no_rows_of_them(spark):
    outages = spark.sql(
        "SELECT CAST(NULL AS timestamp) AS start, CAST(NULL AS timestamp) AS end, 9L AS views, "
        "3L AS carts, 2.5D AS expected_purchases WHERE FALSE"
    )

    assert take_report_rows(outages) == NO_ROWS


def test_no_address_of_a_server_stands_outside_of_plotly():
    html = page_of(*figure("one_figure", draw())).replace(get_plotlyjs(), "")

    assert re.findall(r"https?://|url\(|@import", html) == []
