"""Goes through the pages as a person would, with Chromium: the whole journey by clicks, then every page in light and dark, on a
phone and on a desk, with and without script. Each has to have no message on the console, nothing wider than the window, nothing
that axe complains about, and every action within reach of the Tab key."""

import argparse
import pathlib
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("address", help="of the service, with a fresh data folder")
parser.add_argument("server", help="address of a model server that loads models on request")
parser.add_argument("--pictures", type=pathlib.Path, help="a folder for a picture of each page")
parser.add_argument("--chromium", default="/usr/bin/chromium")
arguments = parser.parse_args()
problems = []


def complain(text):
    problems.append(text)
    print("✕", text, flush=True)


def listen(page, name):
    page.set_default_timeout(120_000)
    page.on("console", lambda message: complain(f"{name}: console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: complain(f"{name}: {error}"))
    return page


def journey(browser):
    """Add, load, test, run, watch, results, export, figure to proof, verify, compare, recompute, replay; each by a click."""
    page = listen(browser.new_page(), "journey")
    page.goto(arguments.address)
    expect(page).to_have_title("Dashboard · FLPerformance")
    page.get_by_role("link", name="Add a model").click()
    for name in ("fast", "slow"):
        page.get_by_label("Server").fill(arguments.server)
        page.get_by_label("Model's name there").fill(name)
        page.get_by_role("button", name="Add", exact=True).last.click()
        expect(page).to_have_url(arguments.address + "/models")
        page.get_by_role("link", name="Add from the catalogue").click()
    page.get_by_role("link", name="Models", exact=True).first.click()
    for name in ("fast", "slow"):
        page.get_by_role("button", name=f"Load {name}", exact=True).click()
        card = page.get_by_role("article").filter(has=page.get_by_role("link", name=name, exact=True))
        expect(card.get_by_text("✓ loaded")).to_be_visible(timeout=20_000)
    page.get_by_text("Test", exact=True).first.click()
    page.get_by_role("button", name="Ask fast").click()
    expect(page.get_by_role("heading", name="fast answered")).to_be_visible()
    for count in (1, 2):
        page.get_by_role("link", name="Benchmarks").click()
        page.get_by_role("link", name="quick").click()
        page.get_by_label("In flight (closed loop)").fill("1,2")
        page.get_by_label("Measured, per scenario and level").fill("20")
        page.get_by_label("Most output tokens").fill("16")
        page.get_by_role("button", name="Start the run").click()
        expect(page.get_by_role("button", name="Cancel the run")).to_be_visible()
        expect(page.get_by_text("✓ completed")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Results", exact=True).last.click()
    for title in ("Performance scores", "Best model for…", "Comparison", "Charts"):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    page.locator("td a.fig").first.click()
    expect(page.get_by_role("heading", name="Formula", exact=True)).to_be_visible()
    page.locator("tbody th a").nth(1).click()
    expect(page.get_by_role("heading", name="Chunk timeline")).to_be_visible()
    page.get_by_role("link", name="its event and proof").click()
    expect(page.get_by_text("✓ Proven")).to_be_visible()
    page.get_by_role("link", name="Audit log").first.click()
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("all as they were written")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Figures that changed")).to_be_visible()
    page.get_by_role("link", name="Recompute").click()
    page.get_by_text("Write one").click()
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("nothing recorded")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="Applied")).to_be_visible()
    page.get_by_role("link", name="see them").click()
    page.get_by_role("link", name="replay").click()
    page.get_by_label("Speed").select_option("max")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_text("What the events come to is what the tables have")).to_be_visible()
    page.close()


def refused(browser):
    """What can't be done is said in place, with what was filled in."""
    page = browser.new_page()
    page.goto(arguments.address + "/benchmarks?suite=quick")
    page.get_by_label("Measured, per scenario and level").fill("0")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("alert")).to_contain_text("'iterations' must be at least 1")
    expect(page.get_by_label("Measured, per scenario and level")).to_have_value("0")
    page.close()


def paths(browser):
    """Every kind of page, by the addresses of this service."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.goto(arguments.address + "/results")
    figure = page.locator("td a.fig").first.get_attribute("href")
    row, run = figure.rsplit("/", 1)[0], figure.split("/of/")[0]
    page.goto(arguments.address + figure)
    sample = page.locator("tbody th a").first.get_attribute("href")
    page.goto(arguments.address + "/models")
    model = page.locator("article h2 a").first.get_attribute("href")
    page.close()
    return [
        "/dashboard", "/models", model, "/models/available", "/benchmarks", "/benchmarks?suite=quick",
        run.replace("/results/", "/benchmarks/runs/"), run, run + "?sort=-tps&scenario=Capital+of+France", run + "?formulas=vllm%2F1",
        run + "/samples", run + "/charts/resources", row, figure, sample, sample.replace("samples", "events"), "/history", "/compare",
        "/audit", "/audit/verify", "/formulas", "/formulas/standard/1", "/suites", "/suites/quick", "/settings", "/recompute",
        run.replace("/results/", "/replay/"), "/results/nobody",
    ]  # fmt: skip


def look(page, name, path, width, scheme):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    response = page.goto(arguments.address + path)
    name = f"{path} {width} {scheme}"
    if response.status != (404 if path == "/results/nobody" else 200):
        complain(f"{name}: status {response.status}")
    if len(response.body()) > 150 * 1024:
        complain(f"{name}: {len(response.body())} bytes")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        complain(f"{name}: {wide} px wider than the window")
    found = Axe().run(page).response["violations"]
    for violation in found:
        places = ", ".join(node["html"][:100] for node in violation["nodes"][:3])
        complain(f"{name}: axe {violation['id']}: {violation['help']} ({places})")
    if arguments.pictures:
        file = path.strip("/").replace("/", "-").replace("?", "-")[:60]
        page.screenshot(path=arguments.pictures / f"{file}-{width}-{scheme}.png", full_page=True)


def reach(page, path):
    """Whether the Tab key comes to everything that can be used, in a page that says where it is."""
    page.goto(arguments.address + path)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
             .filter(e => e.checkVisibility() && !e.disabled).map((e, i) => { e.dataset.place = i; return i; })"""
    )
    seen = set()
    for _ in range(len(wanted) * 2 + 40):
        page.keyboard.press("Tab")
        place = page.evaluate("document.activeElement.dataset ? document.activeElement.dataset.place : null")
        if place is not None:
            seen.add(int(place))
        if len(seen) == len(wanted):
            return
    complain(f"{path}: Tab reaches {len(seen)} of {len(wanted)} things that can be used")


expect.set_options(timeout=60_000)
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
    journey(browser)
    refused(browser)
    every = paths(browser)
    page = listen(browser.new_page(), "pages")
    for path in every:
        # A page that is not there is told on the console too.
        if path != "/results/nobody":
            for width in (390, 1280):
                for scheme in ("light", "dark"):
                    look(page, path, path, width, scheme)
    for path in every[:9] + every[-8:-1]:
        reach(page, path)
    page.close()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.set_default_timeout(120_000)
    for path in every:
        plain.goto(arguments.address + path)
        if not plain.get_by_role("heading", level=1).first.inner_text():
            complain(f"{path}: no heading without script")
    printed = browser.new_page()
    printed.goto(arguments.address + "/results")
    sheets = printed.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    if sheets > 2:
        complain(f"/results is printed on {sheets} pages")
    browser.close()
print(f"{len(every)} pages looked at, {len(problems)} problems")
sys.exit(1 if problems else 0)
