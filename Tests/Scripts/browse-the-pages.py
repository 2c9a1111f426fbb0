"""Goes through the pages as a person would, with Chromium: the whole journey by clicks, then every page in light and dark, on a
phone and on a desk, with and without script. Each has to have no message on the console, nothing wider than the window, nothing
that axe complains about, and every action within reach of the Tab key. Before, a model whose names and answers, and a suite
whose names and prompts are markup, are measured: no page may take any of it for its own."""

import argparse
import http.server
import json
import pathlib
import sys
import threading

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("address", help="of the service, with a fresh data folder")
parser.add_argument("server", help="address of a model server that loads models on request")
parser.add_argument("--short", action="store_true", help="each page in two of the four shapes, the keyboard on a few")
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


EVIL = "<i class=evil>%s</i>"


class Evil(http.server.BaseHTTPRequestHandler):
    """An OpenAI-compatible server whose texts are markup."""

    def answer(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        if self.path == "/v1/models":
            return self.answer("application/json", json.dumps({"object": "list", "data": [{"id": EVIL % "model", "object": "model"}]}))
        self.send_error(404)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = {"id": "1", "object": "chat.completion.chunk", "model": EVIL % "model"}
        if not request.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": EVIL % "output"}, "finish_reason": "stop"}
            return self.answer("application/json", json.dumps(name | {"choices": [choice]}))
        chunks = [{"delta": {"content": EVIL % "output"}}, {"delta": {}, "finish_reason": EVIL % "reason"}]
        events = [json.dumps(name | {"choices": [chunk | {"index": 0}]}) for chunk in chunks]
        self.answer("text/event-stream", "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]))

    def log_message(self, *_):
        pass


def injection(browser):
    """A model, a suite, prompts and outputs that are markup: shown as text on every page that has them, by clicks."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = listen(browser.new_page(), "injection")

    def innocent(*texts):
        if page.locator(".evil").count():
            complain(f"{page.url}: text of others is taken for markup")
        for text in texts:
            if EVIL % text not in page.locator("body").inner_text():
                complain(f"{page.url}: {EVIL % text} is not shown")

    page.goto(arguments.address + "/models/available")
    page.get_by_label("Server").fill(f"http://127.0.0.1:{server.server_port}")
    page.get_by_label("Model's name there").fill(EVIL % "model")
    page.get_by_role("button", name="Add", exact=True).last.click()
    innocent("model")
    page.get_by_text("Test", exact=True).first.click()
    page.get_by_role("button", name="Ask").click()
    innocent("model", "output")
    page.get_by_role("link", name="Benchmarks").click()
    page.get_by_role("link", name=EVIL % "suite").click()
    innocent("suite", "scenario", "model")
    page.get_by_role("checkbox", name=EVIL % "model").check()
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("✓ completed")).to_be_visible(timeout=60_000)
    innocent("model")
    page.get_by_role("link", name="Results", exact=True).last.click()
    innocent("suite", "model")
    page.locator("td a.fig").first.click()
    innocent("scenario")
    page.locator("tbody th a").first.click()
    innocent("model", "output", "reason")
    page.get_by_role("link", name="its event and proof").click()
    innocent()
    for path, *texts in [
        ("/dashboard", "model"), ("/models", "model"), ("/history", "scenario"), ("/compare",), ("/audit", ), ("/suites", "suite"),
        ("/suites/" + "%3Ci%20class%3Devil%3Esuite%3C%2Fi%3E", "prompt"), ("/recompute",), ("/benchmarks", "suite"),
    ]:  # fmt: skip
        page.goto(arguments.address + path)
        innocent(*texts)
    page.goto(arguments.address + "/models")
    page.get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No model is registered yet")).to_be_visible()
    page.close()
    server.shutdown()


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
    injection(browser)
    journey(browser)
    refused(browser)
    every = paths(browser)
    page = listen(browser.new_page(), "pages")
    for path in every:
        # A page that is not there is told on the console too.
        if path != "/results/nobody":
            shapes = [(390, "dark"), (1280, "light")]
            for width, scheme in shapes if arguments.short else [*shapes, (390, "light"), (1280, "dark")]:
                look(page, path, path, width, scheme)
    for path in every[:7] if arguments.short else every[:9] + every[-8:-1]:
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
