"""Puts a service under load and ends it: nobody who was told that something was written may find that it was not.

    load-http.py FLPERF [--full]

1. Listeners (1,000 with --full, else 100) hear one run live, each every event, in order; the service's own memory stays under
   250 MiB.
2. The 99th percentile of paced requests stays under 3 times the idle one while a run is measured, and while tables are rebuilt.
3. While writers delete and restore runs and readers read, the service gets SIGTERM: it exits within 5 s, and every write that
   was acknowledged is in the log.
Prints a line for each; any failure ends it with status 1.
"""

import asyncio
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
full = "--full" in sys.argv
folder = tempfile.mkdtemp()
os.environ.setdefault("FLPERF_SUITES", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../suites"))
failures = 0
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))


def tell(good, text):
    global failures
    failures += not good
    print(f"{'ok  ' if good else 'FAIL'} {text}")


def start(*arguments):
    """A process of flperf, and the first address that it prints."""
    process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        found = re.search(r"http:..127\.0\.0\.1:(\d+)", line)
        if found:
            return process, int(found.group(1))
    sys.exit(f"{arguments[0]} did not start")


async def ask(port, method, path, body=None):
    """Status and JSON of one request over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = b"" if body is None else json.dumps(body).encode()
    writer.write(
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
    text = await reader.read()
    writer.close()
    head, _, rest = text.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(rest) if rest.startswith(b"{") else {}


async def listen(port, run):
    """The positions that one listener of a run hears, until the run ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(f"GET /api/benchmarks/runs/{run}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    positions = []
    while True:
        line = await asyncio.wait_for(reader.readline(), 120)
        if line.startswith(b"id: "):
            positions.append(int(line[4:]))
        if not line or line == b"0\r\n":
            writer.close()
            return positions


def memory(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0


def pace(port, run, seconds=4):
    """The 99th percentile, ms, of a request each 4 ms over one connection."""
    paths = [f"/api/benchmarks/runs/{run}", "/api/models", f"/api/benchmarks/results?runId={run}&sort=-tps", "/api/benchmarks/runs?limit=5"]
    times = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            request = f"GET {paths[len(times) % len(paths)]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            start = time.perf_counter()
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            left = int(re.search(rb"(?i)content-length: (\d+)", head).group(1)) - len(body)
            while left > 0:
                left -= len(connection.recv(65536))
            times.append(time.perf_counter() - start)
            time.sleep(max(0, 0.004 - times[-1]))
    return sorted(times)[int(len(times) * 0.99)] * 1000


async def beside(port, run, model):
    """What a run and a rebuild cost those who read meanwhile."""
    await asyncio.sleep(2)
    # The median of three: a machine has other things to do too.
    idle = sorted([await asyncio.to_thread(pace, port, run) for _ in range(3)])[1]
    _, begun = await ask(port, "POST", "/api/benchmarks/run", {
        "modelIds": [model], "suiteName": "quick", "config": {"iterations": 2000, "concurrency": 4, "max_tokens": 32}})
    measured = sorted([await asyncio.to_thread(pace, port, run) for _ in range(3)])[1]
    _, state = await ask(port, "GET", f"/api/benchmarks/runs/{begun['runId']}/status")
    tell(state.get("status") == "running" and measured < 3 * idle,
         f"99th percentile while a run is measured: {measured:.2f} ms, idle {idle:.2f} ms")
    await ask(port, "POST", f"/api/benchmarks/runs/{begun['runId']}/cancel")
    # Something to rebuild: 10,000 requests of a model that takes no time.
    fast, simulated = start("simulate", "--port", "0", "--ttft", "1ms", "--itl", "0ms")
    subprocess.run(
        [program, "run", "--data", folder, "--endpoint", f"http://127.0.0.1:{simulated}", "--suite", "quick", "--iterations",
         "3333", "--concurrency", "32"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    fast.terminate()
    rebuilt, codes, is_over = [], [], asyncio.Event()

    async def rebuild():
        while not is_over.is_set():
            process = await asyncio.create_subprocess_exec(
                program, "rebuild", "--data", folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            codes.append(await process.wait())

    rebuilding = asyncio.ensure_future(rebuild())
    for _ in range(3):
        rebuilt.append(await asyncio.to_thread(pace, port, run))
    is_over.set()
    await rebuilding
    found = sorted(rebuilt)[1]
    tell(not any(codes) and found < 3 * idle,
         f"99th percentile while tables are rebuilt, {len(codes)} times: {found:.2f} ms, idle {idle:.2f} ms")


async def live():
    simulator, simulated = start("simulate", "--port", "0")
    service, port = start("serve", "--data", folder, "--port", "0")
    count = 1_000 if full else 100
    _, added = await ask(port, "POST", "/api/models", {
        "alias": "sim", "model_id": "simulated", "endpoint": f"http://127.0.0.1:{simulated}"})
    _, begun = await ask(port, "POST", "/api/benchmarks/run", {
        "modelIds": [added["model"]["id"]], "suiteName": "quick",
        "config": {"iterations": 60 if full else 15, "concurrency": 4, "max_tokens": 16}})
    run = begun["runId"]
    listeners = [asyncio.ensure_future(listen(port, run)) for _ in range(count)]
    peak = 0
    while not all(listener.done() for listener in listeners):
        peak = max(peak, memory(service.pid))
        await asyncio.sleep(0.2)
    heard = [listener.result() for listener in listeners]
    lines = subprocess.run(
        [program, "log", "show", "--data", folder, "--stream", f"run-{run}", "--json", "--limit", "1000000"],
        capture_output=True, text=True).stdout.splitlines()
    events = [json.loads(line)["position"] for line in lines]
    ends = {"RunCompleted", "RunFailed", "RunCancelled", "RunInterrupted"}
    last = next(i for i, line in enumerate(lines) if json.loads(line)["type"] in ends)
    good = sum(positions == events[:last + 1] for positions in heard)
    tell(good == count, f"{count} listeners of one run: {good} heard each of its {last + 1} events once, in order")
    tell(peak < 250, f"memory of the service's own: at most {peak:.0f} MiB")
    await beside(port, run, added["model"]["id"])
    simulator.terminate()
    return service, port, run


async def ended(service, port, run):
    """Acknowledged writes in order; the last may be unanswered."""
    acknowledged, answered = [], 0

    async def write():
        while True:
            for method, path, word in (("DELETE", "", "RunDeleted"), ("POST", "/restore", "RunRestored")):
                try:
                    status, _ = await ask(port, method, f"/api/benchmarks/runs/{run}{path}")
                except (OSError, ValueError, IndexError):
                    return
                if status == 200:
                    acknowledged.append(word)

    async def read():
        nonlocal answered
        while True:
            try:
                status, _ = await ask(port, "GET", "/api/benchmarks/runs")
            except (OSError, ValueError, IndexError):
                return
            answered += status == 200

    tasks = [asyncio.ensure_future(work) for work in [write()] + [read() for _ in range(16)]]
    tasks.append(asyncio.ensure_future(listen(port, run)))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await asyncio.sleep(3)
    begin = time.monotonic()
    service.send_signal(signal.SIGTERM)
    while service.poll() is None and time.monotonic() - begin < 20:
        await asyncio.sleep(0.02)
    took = time.monotonic() - begin
    stream = await reader.read()
    for task in tasks:
        task.cancel()
    tell(took < 5 and service.returncode == 0, f"SIGTERM under load: ended in {took:.2f} s with status {service.returncode}")
    tell(stream.endswith(b"0\r\n\r\n"), "an open stream of events was ended, not cut off")
    show = subprocess.run(
        [program, "log", "show", "--data", folder, "--stream", f"run-{run}", "--json", "--limit", "1000000",
         "--type", "RunDeleted", "--type", "RunRestored"], capture_output=True, text=True).stdout
    stored = [json.loads(line)["type"] for line in show.splitlines()]
    tell(stored[:len(acknowledged)] == acknowledged and len(stored) <= len(acknowledged) + 1,
         f"{len(acknowledged)} acknowledged writes are all in the log; {answered} reads were answered meanwhile")
    verify = subprocess.run([program, "log", "verify", "--data", folder], capture_output=True, text=True)
    tell(verify.returncode == 0, verify.stdout.strip().splitlines()[0])


async def main():
    service, port, run = await live()
    await ended(service, port, run)


try:
    asyncio.run(main())
finally:
    shutil.rmtree(folder, ignore_errors=True)
print("All as promised." if failures == 0 else f"{failures} failures.")
sys.exit(failures > 0)
