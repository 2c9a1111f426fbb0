"""Takes the README's pictures of the pages of a service that has runs, and keeps them small: few colours, no more pixels than
are read. Needs Debian's chromium, and Playwright and Pillow from PyPI.

    picture-the-pages.py http://127.0.0.1:3001 Tests/Pictures"""

import io
import pathlib
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

address, folder = sys.argv[1], pathlib.Path(sys.argv[2])
folder.mkdir(exist_ok=True)


def take(browser, path, name, width, height, scheme, scale):
    page = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=scale
    ).new_page()
    page.set_default_timeout(120_000)
    page.goto(address + path)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(96, dither=Image.Dither.NONE)
    file = folder / f"{name}.png"
    picture.save(file, optimize=True)
    print(file, file.stat().st_size, "bytes")


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    take(browser, "/results/latest?scenario=Three+Colours", "results", 1280, 1900, "light", 1)
    take(browser, "/results/latest?scenario=Three+Colours#latency", "phone", 390, 844, "dark", 2)
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.goto(address + "/results/latest")
    page.locator("td a.fig").first.click()
    page.locator("tbody td a").first.click()
    take(browser, page.url.removeprefix(address), "proof", 1280, 1000, "light", 1)
    browser.close()
