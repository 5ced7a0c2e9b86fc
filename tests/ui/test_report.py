"""The report as a person sees it: offline, on a phone, in the dark, on paper, read aloud."""

import pytest

pytestmark = pytest.mark.ui

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def address(finished_project):
    return (finished_project / "data/08_reporting/report.html").as_uri()


@pytest.fixture
def open_report(browser, address):
    """Open it without a network, as a person with these settings would."""
    contexts = []

    def opened(viewport=DESK, **settings):
        context = browser.new_context(viewport=viewport, offline=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.messages, page.requests = [], []
        page.on("console", lambda message: page.messages.append((message.type, message.text)))
        page.on("pageerror", lambda error: page.messages.append(("error", str(error))))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(address)
        page.locator(".plot .main-svg").first.wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()


def test_the_report_needs_nothing_but_itself_and_has_no_errors(open_report, address):
    page = open_report()

    assert page.requests == [address]
    assert [message for message in page.messages if message[0] == "error"] == []


def test_all_figures_are_drawn(open_report, screenshots):
    page = open_report()
    page.screenshot(path=screenshots / "report.png", full_page=True)

    figures = page.locator(".plot").all()
    assert figures
    for figure in figures:
        drawn = figure.locator(".main-svg").first.bounding_box()
        assert drawn["width"] > 300, figure.get_attribute("aria-label")
        assert drawn["height"] > 100, figure.get_attribute("aria-label")


def test_each_line_of_the_contents_leads_to_its_section(open_report):
    page = open_report(reduced_motion="reduce")
    links = page.locator("nav a")
    assert links.count() > 5

    for link in links.all():
        link.click()
        heading = page.locator(f"[id='{link.get_attribute('href').removeprefix('#')}']")
        assert heading.inner_text() == link.inner_text()
        assert 0 <= heading.bounding_box()["y"] < DESK["height"]


def test_on_a_phone_nothing_sticks_out(open_report, screenshots):
    page = open_report(viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2)
    page.screenshot(path=screenshots / "report-phone.png")

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_in_the_dark_the_page_is_dark_and_on_paper_it_is_light(open_report, screenshots):
    page = open_report(color_scheme="dark")
    page.screenshot(path=screenshots / "report-dark.png")

    assert brightness(page, "backgroundColor") < 60
    assert brightness(page, "color") > 180
    page.emulate_media(media="print")
    assert brightness(page, "backgroundColor") > 240
    assert brightness(page, "color") < 80


def test_it_can_be_printed(open_report, screenshots):
    page = open_report()

    printed = page.pdf(path=screenshots / "report.pdf", format="A4")

    assert printed.count(b"/Type /Page\n") > 1


@pytest.mark.parametrize("settings", [{}, {"color_scheme": "dark"}, {"viewport": PHONE}], ids=repr)
def test_axe_finds_nothing_serious(open_report, settings):
    from axe_playwright_python.sync_playwright import Axe

    page = open_report(**settings)
    found = Axe().run(page)

    serious = [
        (violation["id"], node["target"], node.get("failureSummary"))
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert serious == []


def brightness(page, what):
    """Of the page's background or text, from 0 (black) to 255 (white)."""
    color = page.evaluate("what => getComputedStyle(document.body)[what]", what)
    red, green, blue = (int(part) for part in color.strip("rgb()").split(","))
    return (red + green + blue) / 3
