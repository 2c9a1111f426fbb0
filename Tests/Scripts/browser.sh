# Sourced by the scripts that drive a browser: Debian's chromium, and Playwright and axe from PyPI in a folder of the cache.

# Sets `python` to one that has them; where they can't be had it says so and ends the script, with status 0.
need_browser() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/flperf-browser
    if ! command -v chromium >/dev/null; then
        DEBIAN_FRONTEND=noninteractive $(command -v sudo) apt-get install -y -qq chromium >/dev/null 2>&1 ||
            skip "chromium can't be installed with apt-get"
    fi
    if [ ! -e "$cache/complete" ]; then
        { python3 -m venv "$cache" && "$cache/bin/pip" install --quiet playwright axe-playwright-python; } >/dev/null 2>&1 ||
            skip "Playwright can't be installed from PyPI (python3-venv is needed too)"
        touch "$cache/complete"
    fi
    python=$cache/bin/python
}

skip() {
    echo "$(basename "$0") was skipped: $1." >&2
    exit 0
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
