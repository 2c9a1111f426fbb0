"""Measures the Results page of a run: its bytes, how long the server takes for it, and how long a browser takes from the beginning
of the navigation until all of it is drawn. The last beside a page that is the same but for its charts, which Chart.js draws on
canvases: the same figures stand in it as JSON, nothing moves, and it comes ready-made from memory while ours is rendered anew.

A page is drawn when, after its load event, two frames have come; the browser makes frames as fast as it can. Both are loaded in
turn, each time in a new context, so that nothing is cached."""

import argparse
import base64
import csv
import gzip
import http.client
import http.server
import json
import re
import statistics
import threading
import time
import urllib.parse
import urllib.request

from playwright.sync_api import sync_playwright

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("address", help="of the service")
parser.add_argument("samples", help="the run's samples, as CSV: what is drawn request by request")
parser.add_argument("--rounds", type=int, default=11)
parser.add_argument("--requests", type=int, default=200, help="of the server's own time")
parser.add_argument("--chromium", default="/usr/bin/chromium")
parser.add_argument("--chartjs", default="/usr/share/javascript/chart.js/chart.min.js")
arguments = parser.parse_args()
COLOURS = {"small": "#0072b2", "medium": "#d55e00", "large": "#00805e", "huge": "#a3478a"}
DRAWN = """addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.drawn = performance.now() })))"""


def get(path):
    with urllib.request.urlopen(arguments.address + path) as answer:
        return answer.read().decode()


def server_time(path):
    """ms from the request to the whole answer, over one connection."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(arguments.address).netloc)
    times = []
    for _ in range(arguments.requests):
        start = time.perf_counter()
        connection.request("GET", path)
        connection.getresponse().read()
        times.append((time.perf_counter() - start) * 1e3)
    return sorted(times)


def table(run, name):
    """The figures that stand below a chart of ours, as rows."""
    text = get(f"/results/{run}/charts/{name}").split("<h2>Data", 1)[1]
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.S)
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)] for row in rows]


def number(text):
    text = text.replace("\u202f", "").replace("−", "-")
    return None if text in ("", "—") else float(text)


def varints(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


def arrivals(sample):
    """ms since the request was sent, of each chunk: `chunk_times` of events.proto."""
    first, usual, *others = varints(base64.b64decode(sample["chunk_times"]))
    times = [first]
    for other in others:
        times.append(times[-1] + usual + (other >> 1 ^ -(other & 1)))
    waited = int(sample["sent_ns"]) - int(sample["started_ns"])
    return [time / 1e3 - waited / 1e6 for time in times]


def dataset(name, data, **options):
    colour = COLOURS.get(name, "#444")
    return {"label": name, "data": data, "borderColor": colour, "backgroundColor": colour, **options}


def by_model(rows, point):
    return [dataset(m, [point(row) for row in rows if row[0] == m]) for m in COLOURS]


def charts(run, page):
    """What Chart.js is to draw, by the names that our charts have."""
    of = {m: [] for m in COLOURS}
    with open(arguments.samples) as file:
        for row in csv.DictReader(file):
            if not row["error"] and row["last_content_ns"]:
                of[row["model_id"].rsplit(".", 1)[-1]].append({k: int(v) for k, v in row.items() if k.endswith("ns") and v})
    line = {"showLine": True, "pointRadius": 0}
    percentiles, clouds = [], []
    for model, rows in of.items():
        latencies = sorted((row["last_content_ns"] - row["started_ns"]) / 1e6 for row in rows)
        shares = [1 - 10 ** (-3 * step / 56) for step in range(57)]
        curve = [{"x": 3 * step / 56, "y": latencies[int(share * (len(latencies) - 1))]} for step, share in enumerate(shares)]
        percentiles.append(dataset(model, curve, **line))
        points = [
            {"x": (row["first_content_ns"] - row["sent_ns"]) / 1e6, "y": (row["last_content_ns"] - row["first_content_ns"]) / 15e6}
            for row in rows
        ]
        clouds.append(dataset(model, [p for p in points if p["x"] > 0 and p["y"] > 0], pointRadius=1.5))
    bars, loads, scores, courses, readings = (
        table(run, name) for name in ("throughput", "load", "profile", "history", "resources")
    )
    groups = list(dict.fromkeys(row[0] for row in bars[1:]))
    runs = list(dict.fromkeys(row[1] for row in courses[1:]))
    timeline = []
    for index, position in enumerate(re.findall(r'href="/samples/(\d+)"', page.split('id="timeline"', 1)[1])):
        sample = json.loads(get(f"/api/events?from={position}&limit=1").splitlines()[0])["data"]
        model = sample["model_id"].rsplit(".", 1)[-1]
        points = [{"x": at, "y": index} for at in arrivals(sample)]
        timeline.append(dataset(model, points, **line | {"pointRadius": 2}))
    columns = [dataset(t, [{"x": float(r[0]), "y": number(r[c])} for r in readings[1:]], **line) for c, t in enumerate(readings[0]) if c]
    log = {"scales": {"x": {"type": "logarithmic"}, "y": {"type": "logarithmic"}}}
    return {
        "throughput": {
            "type": "bar",
            "data": {
                "labels": groups,
                "datasets": [dataset(m, [number(r[2]) for r in bars[1:] if r[1] == m]) for m in COLOURS],
            },
        },
        "latency": {"type": "scatter", "data": {"datasets": percentiles}},
        "first-token": {"type": "scatter", "data": {"datasets": clouds}, "options": log},
        "load": {
            "type": "scatter",
            "data": {"datasets": [d | {"showLine": True} for d in by_model(loads, lambda r: {"x": number(r[2]), "y": number(r[3])})]},
        },
        "profile": {
            "type": "radar",
            "data": {"labels": scores[0][1:], "datasets": [dataset(r[0], [number(c) for c in r[1:]]) for r in scores[1:]]},
        },
        "history": {"type": "line", "data": {"labels": runs, "datasets": by_model(courses, lambda r: number(r[2]))}},
        "timeline": {"type": "scatter", "data": {"datasets": timeline}},
        "resources": {"type": "scatter", "data": {"datasets": columns}},
    }  # fmt: skip


def beside(run, page):
    """Our page with canvases in place of its drawings, which have their size."""
    specifications = charts(run, page)

    def replace(match):
        size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', match[2])
        return f'{match[1]}<canvas data-chart="{match[3]}" width="{size[1]}" height="{size[2]}"></canvas>'

    found = r'(<figure class="card" id="(?P<name>[a-z-]+)">.*?)(<svg class="ch.*?</svg>)'
    page, count = re.subn(
        found, lambda m: replace([None, m[1], m[3], m["name"]]), page, flags=re.S
    )
    assert count == len(specifications), f"{count} charts in the page, {len(specifications)} for Chart.js"
    script = """
      Chart.defaults.animation = false;
      const charts = JSON.parse(document.getElementById('charts').textContent);
      for (const canvas of document.querySelectorAll('canvas')) { new Chart(canvas, charts[canvas.dataset.chart]); }"""
    data = json.dumps(specifications, separators=(",", ":"))
    tail = f'<script type="application/json" id="charts">{data}</script><script src="/chart.js"></script><script>{script}</script></body>'
    return page.replace("</body>", tail)


def serve(files):
    """A server of ready-made files."""

    class Files(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            kind, data = files.get(self.path, ("text/plain", b""))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def draw(browser, address, canvases):
    """ms from the navigation until the first content is painted, and until all is drawn."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(DRAWN)
    page.goto(address, wait_until="load")
    times = None
    while not times:  # Our page allows no script that would wait in it.
        page.wait_for_timeout(20)
        times = page.evaluate(
            """(() => { const paint = performance.getEntriesByName('first-contentful-paint')[0];
               return paint && window.drawn ? [paint.startTime, window.drawn] : null })()"""
        )
    drawn = page.evaluate("document.querySelectorAll('figure.card canvas, figure.card svg.ch').length")
    assert drawn == 8 and bool(canvases) == bool(page.query_selector("canvas")), f"{drawn} charts are drawn"
    context.close()
    return times


run = json.loads(get("/api/benchmarks/runs?limit=1"))["runs"][0]["id"]
path = f"/results/{run}"
page = get(path)
times = server_time(path)
print(f"page                  {len(page.encode()):,} bytes, {len(gzip.compress(page.encode())):,} if it were compressed")
print(f"server, whole answer  median {statistics.median(times):.2f} ms, p95 {times[int(0.95 * len(times))]:.2f} ms of {len(times)}")
other = beside(run, page)
links = {link: ("text/css" if ".css" in link else "text/javascript") for link in re.findall(r'(?:href|src)="(/[^"]*\.(?:css|js)[^"]*)"', page)}
files = {link: (kind, get(link).encode()) for link, kind in links.items()}
with open(arguments.chartjs, "rb") as file:
    files["/chart.js"] = ("text/javascript", file.read())
files["/"] = ("text/html; charset=utf-8", other.encode())
theirs = serve(files)
print(f"Chart.js's page       {len(other.encode()):,} bytes, and {len(files['/chart.js'][1]):,} of the library")
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=arguments.chromium, args=["--no-sandbox", "--disable-gpu-vsync", "--disable-frame-rate-limit"]
    )
    draw(browser, arguments.address + path, False), draw(browser, theirs + "/", True)
    rounds = [(draw(browser, arguments.address + path, False), draw(browser, theirs + "/", True)) for _ in range(arguments.rounds)]
    version = browser.version
    browser.close()
for index, what in enumerate(("first content", "all drawn")):
    ours = statistics.median(r[0][index] for r in rounds)
    other = statistics.median(r[1][index] for r in rounds)
    print(f"{what:<21} {ours:.0f} ms, Chart.js {other:.0f} ms: {ours / other:.2f} of it (median of {len(rounds)}, Chromium {version})")
