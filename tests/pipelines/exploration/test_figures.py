import pandas as pd

from customer_behavior.pipelines.exploration.activity_figures import draw_events_by_day
from customer_behavior.pipelines.exploration.change_figures import draw_brand_trends

DAY = {"event_date": ["2019-10-01"], "views": [9], "carts": [3], "purchases": [1], "revenue": [5.0]}


def trend(item, change, exceeds_noise):
    return {
        "item": item,
        "measure": "views",
        "event_month": "2019-11",
        "previous_month": "2019-10",
        "amount": 100,
        "share_change": change,
        "share_change_low": change - 0.1,
        "share_change_high": change + 0.1,
        "share_change_exceeds_noise": exceeds_noise,
    }


def test_an_outage_is_shaded_in_every_panel(make_outages):
    outages = make_outages(("2019-10-01 10:00:00", "2019-10-01 14:00:00"))

    figure = draw_events_by_day(pd.DataFrame(DAY), outages)

    shaded = {(shape.x0, shape.x1, shape.xref) for shape in figure.layout.shapes}
    start, end = "2019-10-01 10:00:00", "2019-10-01 14:00:00"
    assert shaded == {(start, end, axis) for axis in ("x", "x2", "x3", "x4")}


def test_a_change_that_may_be_noise_looks_unlike_one_that_is_more():
    figure = draw_brand_trends(pd.DataFrame([trend("sony", 0.5, True), trend("lego", 0.05, False)]))

    items = {trace.name: trace.y for trace in figure.data if trace.y}
    assert items == {"more than noise": ("sony",), "may be noise": ("lego",)}


def test_a_colour_is_explained_only_where_it_is_used():
    def subtitle(exceeds):
        return draw_brand_trends(
            pd.DataFrame([trend("sony", 0.5, exceeds)])
        ).layout.title.subtitle.text

    assert "orange: more than noise" in subtitle(exceeds=True)
    assert "none is more than noise" in subtitle(exceeds=False)


def test_kedro_viz_can_read_the_numbers_of_a_figure():
    figure = draw_brand_trends(pd.DataFrame([trend("sony", 0.5, True)]))

    assert "bdata" not in figure.to_json()
    assert not figure.layout.annotations[-1].text.startswith("too little")


def test_a_figure_of_nothing_says_so():
    figure = draw_brand_trends(pd.DataFrame([trend("sony", 0.5, True)]).iloc[:0])

    assert figure.layout.annotations[-1].text == "too little data"
