"""What a client of the original reads and sends, endpoint by endpoint, as its documentation has it.

    original-client.py URL MODEL

MODEL is a name that a model server on this host offers and can load. Prints a line for each endpoint; any difference ends it
with status 1.
"""

import json
import sys
import time
import urllib.error
import urllib.request

url, name = sys.argv[1:]
failures = 0


def ask(method, path, body=None):
    """The status, the body and its type."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def expect(method, path, statuses, keys=(), row=None, row_keys=(), body=None, shown=None):
    """Asks, and holds the answer's members, and those of the first row of its list, against the documentation."""
    global failures
    status, text, _ = ask(method, path, body)
    complaints = [] if status in statuses else [f"status {status}"]
    value = {}
    try:
        value = json.loads(text)
    except ValueError:
        complaints.append("no JSON")
    complaints += [f"no '{key}'" for key in keys if key not in value]
    rows = value.get(row, []) if row else []
    if row and not rows and row_keys:
        complaints.append(f"'{row}' is empty")
    complaints += [f"no '{key}' in '{row}'" for key in row_keys if rows and key not in rows[0]]
    failures += bool(complaints)
    print(f"{'FAIL' if complaints else 'ok  '} {method} {shown or path} {status} {'; '.join(complaints)}")
    return value


offered = "id alias description version deviceType executionProvider modelSize isCustom".split()
model_row = (
    "id alias model_id status endpoint last_error last_heartbeat created_at updated_at foundry_id foundry_alias version "
    "deviceType executionProvider modelSize"
).split()
run_row = (
    "id suite_name model_ids config hardware_info status started_at completed_at created_at model_aliases"
).split()
result_row = (
    "id run_id model_id scenario tps ttft tpot gen_tps latency_p50 latency_p95 latency_p99 error_rate timeout_rate cpu_avg "
    "ram_avg gpu_avg total_tokens total_iterations successful_iterations created_at model_alias model_name"
).split()
log_row = "id entity_type entity_id level message metadata created_at".split()

expect("GET", "/api/models/available", [200], ["models"], "models", offered)
expect("GET", "/api/models/loaded", [200], ["models"])
expect("POST", "/api/models", [400], ["error"], body={"alias": "no name"})
added = expect("POST", "/api/models", [201], ["model"], body={"alias": "original", "model_id": name})
model = added.get("model", {}).get("id", "none")
failures += added.get("model", {}).get("status") not in ("stopped", "running")
expect("GET", "/api/models", [200], ["models"], "models", model_row)
expect("POST", f"/api/models/{model}/load", [200, 202], ["success", "modelInfo", "endpoint"], shown="/api/models/:id/load")
for _ in range(200):
    status = expect(
        "GET", f"/api/models/{model}/status", [200],
        "id alias status download_progress download_status last_error endpoint updated_at".split(),
        shown="/api/models/:id/status")
    if status.get("status") == "running":
        break
    time.sleep(0.1)
expect("POST", f"/api/models/{model}/start", [200, 202], ["success"], shown="/api/models/:id/start")
expect(
    "POST", f"/api/models/{model}/test", [200], ["success", "response", "usage", "latency", "model"],
    body={"prompt": "Say hello."}, shown="/api/models/:id/test")
expect("GET", f"/api/models/{model}/health", [200], ["status", "healthy", "endpoint"], shown="/api/models/:id/health")
expect("GET", f"/api/models/{model}/logs?limit=5", [200], ["logs"], "logs", log_row, shown="/api/models/:id/logs")
expect("GET", "/api/benchmarks/suites", [200], ["suites"], "suites", "name description version scenarios default_config".split())
expect("POST", "/api/benchmarks/run", [400], ["error"], body={"suiteName": "quick"})
expect("POST", "/api/benchmarks/run", [404], ["error"], body={"modelIds": [model], "suiteName": "no suite"})
begun = expect(
    "POST", "/api/benchmarks/run", [200, 202], ["success", "runId", "message"],
    body={"modelIds": [model], "suiteName": "quick", "config": {"iterations": 2, "concurrency": 1, "timeout": 30000,
                                                               "temperature": 0.7, "streaming": True}})
run = begun.get("runId", "none")
for _ in range(600):
    status = json.loads(ask("GET", f"/api/benchmarks/runs/{run}/status")[1])
    if status.get("status") != "running":
        break
    time.sleep(0.1)
expect("GET", f"/api/benchmarks/runs/{run}/status", [200], ["status", "progress", "run"], shown="/api/benchmarks/runs/:id/status")
failures += status.get("status") != "completed" or status.get("progress") != 100
expect("GET", "/api/benchmarks/runs", [200], ["runs"], "runs", run_row)
expect("GET", f"/api/benchmarks/runs/{run}", [200], ["run", "results"], "results", result_row, shown="/api/benchmarks/runs/:id")
expect("GET", f"/api/benchmarks/results?runId={run}&modelId={model}", [200], ["results"], "results", result_row,
       shown="/api/benchmarks/results?runId&modelId")
expect("GET", f"/api/benchmarks/runs/{run}/export/json", [200], ["run", "results", "exported_at"],
       shown="/api/benchmarks/runs/:id/export/json")
status, text, headers = ask("GET", f"/api/benchmarks/runs/{run}/export/csv")
first = text.decode().splitlines()[0].split(",")
is_csv = status == 200 and first[:20] == result_row[:20] and f"benchmark-{run}.csv" in headers["Content-Disposition"]
failures += not is_csv
print(f"{'ok  ' if is_csv else 'FAIL'} GET /api/benchmarks/runs/:id/export/csv {status}")
expect("GET", f"/api/benchmarks/runs/{run}/logs?limit=5", [200], ["logs"], shown="/api/benchmarks/runs/:id/logs")
expect("GET", "/api/benchmarks/runs/nobody", [404], ["error"])
expect("GET", "/api/system/health", [200], ["status", "foundryLocal", "endpoint", "timestamp"])
expect("GET", "/api/system/stats", [200], "totalModels runningServices totalRuns lastRun bestTpsModel bestLatencyModel".split())
expect("GET", "/api/cache/location", [200], ["location", "defaultPath", "isDefault"])
expect("GET", "/api/cache/models", [200], ["models"])
expect("POST", "/api/cache/switch", [200, 501, 409], [], body={"path": "/tmp/models"})
expect("POST", f"/api/models/{model}/stop", [200], ["success"], shown="/api/models/:id/stop")
expect("DELETE", f"/api/models/{model}", [200], ["success"], shown="/api/models/:id")
expect("DELETE", f"/api/models/{model}", [404], ["error"], shown="/api/models/:id")
print("Every endpoint answers as documented." if failures == 0 else f"{failures} differences.")
sys.exit(failures > 0)
