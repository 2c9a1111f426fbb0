"""Attacks a service with what must be refused, and looks at its health and its memory.

    attack-http.py FLPERF [--full]

Starts a service and a simulated model server of its own. Prints a line for each attack; anything that is not refused, or a
service that is down or keeps more memory than it had and 32 MiB, ends it with status 1. With --full 10,000 slow connections
instead of 500 (it takes as many open files).
"""

import csv
import json
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

program = sys.argv[1]
full = "--full" in sys.argv
folder = tempfile.mkdtemp()
started = []
failures = 0


def start(*arguments):
    """A process of flperf, and its address."""
    process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    started.append(process)
    for line in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return process, found.group(0)
    sys.exit(f"{arguments[0]} did not start")


def end():
    for process in started:
        process.terminate()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def memory():
    """Memory of the process's own, MiB."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024


def talk(data, limit=10, most=1 << 20):
    """Sends bytes on a connection of its own and gives what comes back."""
    with socket.create_connection(address, timeout=limit) as connection:
        answer = b""
        try:
            connection.sendall(data)
            while len(answer) < most:
                part = connection.recv(65536)
                if not part:
                    break
                answer += part
        except (socket.timeout, ConnectionError, BrokenPipeError):
            pass
        return answer


def request(method, path, headers=(), body=b"", host=None):
    """A whole request as bytes."""
    fields = [("Host", host or place.netloc), ("Connection", "close"), *headers]
    if body:
        fields += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
    return head.encode("latin-1") + body


def status(answer):
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def check(name, answer, allowed):
    global failures
    healthy = status(talk(request("GET", "/healthz"))) == 200
    bad = status(answer) not in allowed or not healthy
    failures += bad
    print(f"{'FAIL' if bad else 'ok  '} {name}: {status(answer) or 'closed'}{'' if healthy else ', and the service is down'}")


_, simulated = start("simulate", "--port", "0")
service, url = start("serve", "--data", folder, "--port", "0")
pid = service.pid
place = urllib.parse.urlparse(url)
address = (place.hostname, place.port)

before = memory()
check("another host's name (DNS rebinding)", talk(request("GET", "/api/models", host="evil.example")), [421])
check("no host", talk(b"GET /api/models HTTP/1.1\r\nConnection: close\r\n\r\n"), [400, 421])
for name, headers in [
    ("a POST from another site", [("Sec-Fetch-Site", "cross-site")]),
    ("a POST from another origin", [("Origin", "http://evil.example")]),
    ("a POST from a sandboxed page", [("Origin", "null")]),
]:
    check(name, talk(request("POST", "/api/benchmarks/run", headers, b"{}")), [403])
check("a form that needs no leave",
      talk(b"POST /api/models HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"
           % place.netloc.encode()), [415])
for path in ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "/etc/passwd"]:
    body = b'{"modelIds":["x"],"suiteName":"%s"}' % path.encode()
    check(f"a suite named {path}", talk(request("POST", "/api/benchmarks/run", body=body)), [404, 400])
    check(f"a run named {path}", talk(request("GET", f"/api/benchmarks/runs/{path}")), [404, 400])
for depth in (1_000, 100_000, 400_000):
    for body in (b"[" * depth, b'{"modelIds":' * depth, b'{"modelIds":["x"],"suiteName":"q","config":' + b"[" * depth):
        for path in ("/api/models", "/api/benchmarks/run"):
            check(f"JSON {depth} deep to {path}", talk(request("POST", path, body=body)), [0, 400, 404, 413])
check("invalid UTF-8 in a body", talk(request("POST", "/api/models", body=b'{"alias":"\xff\xfe","model_id":"\xc0\xaf"}')), [400])
check("invalid UTF-8 in a path", talk(request("GET", "/api/benchmarks/runs/\xff\xfe")), [400, 404])
check("invalid UTF-8 in a query", talk(request("GET", "/api/benchmarks/results?runId=%ff%fe")), [400])
check("a header of 1 MiB", talk(request("GET", "/api/models", [("X-Long", "a" * (1 << 20))])), [0, 400, 431])
check("10,000 headers", talk(request("GET", "/api/models", [(f"X-{i}", "a") for i in range(10_000)])), [0, 400, 431])
check("a target of 64 KiB", talk(request("GET", "/api/models?" + "a" * 65_536)), [0, 414, 431])
check("a request smuggled in another",
      talk(b"POST /api/models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET"), [0, 400, 415])
check("a body of 100 MiB", talk(request("POST", "/api/models", body=b" " * (100 << 20))), [0, 413])
check("a body of 100 MiB in chunks",
      talk(b"POST /api/models HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
           + (b"100000\r\n" + b" " * (1 << 20) + b"\r\n") * 100 + b"0\r\n\r\n"), [0, 413])
check("a page of a million rows", talk(request("GET", "/api/benchmarks/runs?limit=1000000")), [400])



def ask(method, path, value=None):
    """Status and JSON of one request."""
    answer = talk(request(method, path, body=b"" if value is None else json.dumps(value).encode()))
    body = answer.partition(b"\r\n\r\n")[2]
    return status(answer), json.loads(body) if body.startswith(b"{") else {}


for name in ["../escaped", "..", "a/b", "a\\b", "/etc/passwd", "a\u0000", "a.json", ""]:
    suite = {"name": name, "scenarios": [{"name": "one", "prompt": "Hi"}]}
    check(f"a suite that is sent as {name!r}", talk(request("POST", "/api/benchmarks/suites", body=json.dumps(suite).encode())), [400])
suite = {"name": "reader", "scenarios": [{"name": "one", "prompts_file": "/etc/passwd"}]}
check("a suite that would read a file", talk(request("POST", "/api/benchmarks/suites", body=json.dumps(suite).encode())), [400])

# What a spreadsheet would take for a formula, in every name that a caller chooses.
formulas = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1"]
suite = {"name": "cells", "scenarios": [{"name": name, "prompt": "Hi"} for name in formulas]}
_, added = ask("POST", "/api/models", {"alias": "=HYPERLINK(\"http://evil\")", "model_id": "simulated", "endpoint": simulated})
ask("POST", "/api/benchmarks/suites", suite)
_, begun = ask("POST", "/api/benchmarks/run", {
    "modelIds": [added["model"]["id"]], "suiteName": "cells", "config": {"iterations": 1, "max_tokens": 4}})
run = begun.get("runId")
for _ in range(300):
    if ask("GET", f"/api/benchmarks/runs/{run}/status")[1].get("status") != "running":
        break
    time.sleep(0.1)
table = talk(request("GET", f"/api/benchmarks/runs/{run}/export/csv")).partition(b"\r\n\r\n")[2].decode()
cells = [cell for row in csv.reader(table.splitlines()) for cell in row]
bad = [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell and not re.fullmatch(r"-?[0-9.e+-]+", cell)]
good = not bad and sum("1+1" in cell for cell in cells) >= 4
failures += not good
print(f"{'ok  ' if good else 'FAIL'} formulas as cells of CSV: {len(cells)} cells, {len(bad)} that would be computed")

count = 10_000 if full else 500
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
count = min(count, hard - 100)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 100)), hard))
slow = []
answered, longest = 0, 0.0
for number in range(count):
    try:
        connection = socket.create_connection(address, timeout=5)
        connection.sendall(b"GET /api/models HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        slow.append(connection)
    except OSError:
        continue
    if number % (count // 20) == 0:
        start = time.monotonic()
        answer = talk(request("GET", "/api/models"))
        answered += status(answer) == 200
        if status(answer) != 200:
            print(f"     after {number}: {answer[:200]!r}")
        longest = max(longest, time.monotonic() - start)
peak = memory()
print(f"{'ok  ' if answered >= 20 else 'FAIL'} {len(slow)} slow connections: {answered} of 20 other requests answered, "
      f"the slowest in {longest * 1000:.0f} ms; {peak:.0f} MiB")
failures += answered < 20
deadline = time.monotonic() + 40
while slow and time.monotonic() < deadline:
    time.sleep(1)
    for connection in slow[:]:
        connection.setblocking(False)
        try:
            if not connection.recv(4096):
                raise ConnectionError
        except BlockingIOError:
            continue
        except OSError:
            connection.close()
            slow.remove(connection)
print(f"{'FAIL' if slow else 'ok  '} {len(slow)} of them are still open")
failures += bool(slow)
for _ in range(20):
    after = memory()
    if after < before + 32:
        break
    time.sleep(0.5)
print(f"{'ok  ' if after < before + 32 else 'FAIL'} memory: {before:.0f} MiB before, {after:.0f} MiB after")
failures += after >= before + 32
check("a request at the end", talk(request("GET", "/api/models")), [200])
print("Each was refused, and the service is up." if failures == 0 else f"{failures} failures.")
end()
sys.exit(failures > 0)
