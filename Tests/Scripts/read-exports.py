"""Reads exports with other tools and compares them with the API's answers: see read-exports.sh."""

import csv
import json
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import duckdb
from duckdb_extensions import import_extension
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

TABLES = ["models", "runs", "results", "logs", "samples"]
# The database's name of a table with all its columns; of the logs it has the original's alone.
IN_DATABASE = {"models": "flperf_models", "runs": "flperf_runs", "results": "flperf_results"}
KEYS = {"samples": "position"}
# What the event's message does not say: when it was recorded stands beside it, in another form.
UNSAID = {"recorded_unix_ns"}
ENUMS = {"clock": "STAMP_CLOCK_", "token_source": "TOKEN_SOURCE_", "error": "ERROR_CLASS_"}


def fetch(address, path, member):
    """All rows of an answer, page by page where it has pages."""
    rows, cursor = [], None
    while True:
        query = {"limit": 100} if cursor is None else {"limit": 100, "cursor": cursor}
        joint = "&" if "?" in path else "?"
        with urllib.request.urlopen(f"{address}{path}{joint}{urllib.parse.urlencode(query)}") as answer:
            page = json.load(answer)
        rows += page[member]
        cursor = page.get("next_cursor")
        if not cursor:
            return rows


def sample(line):
    """One event of the log as a row of samples, without what only the export knows how to say."""
    event = json.loads(line)
    row = {"position": event["position"]}
    for name, value in event["data"].items():
        if isinstance(value, str) and name in ENUMS:
            value = value.removeprefix(ENUMS[name]).lower()
        elif isinstance(value, str) and name.endswith(("_ns", "_tokens", "_chunks", "_bytes")):
            value = int(value)  # Numbers of 64 bits are strings in protobuf's JSON form.
        row[name] = value
    for name, value in event["data"].get("server", {}).items():
        row[f"server_{name}"] = int(value)
    if "rate_millionths" in row:
        row["rate"] = int(row["rate_millionths"]) / 1e6
    else:
        row["concurrency"] = row["level"]
    return row


def answers(folder, address):
    rows = {
        "models": fetch(address, "/api/models", "models"),
        "runs": fetch(address, "/api/benchmarks/runs", "runs"),
        "results": fetch(address, "/api/benchmarks/results?metrics=true", "results"),
    }
    rows["logs"] = [
        line
        for kind, table in (("benchmarks/runs", "runs"), ("models", "models"))
        for row in rows[table]
        for line in fetch(address, f"/api/{kind}/{urllib.parse.quote(row['id'])}/logs", "logs")
    ]
    with open(f"{folder}/events.ndjson") as lines:
        rows["samples"] = [sample(line) for line in lines]
    return rows


def plain(value):
    """A value of the API as a database holds it."""
    if isinstance(value, bool):
        return int(value)
    return value


def cell(text, value):
    """A cell of a text format as a value of the kind that is expected."""
    if text is None or text == "":
        return None
    if isinstance(value, (list, dict)):
        return json.loads(text)
    if isinstance(value, (int, float)):
        return float(text)
    if isinstance(text, str) and text[:1] == "'" and text[1:2] in "=+-@\t\r":
        return text[1:]
    return text


def compare(tool, table, found, wanted, columns=None, texts=False):
    """Every row of the one is a row of the other, cell by cell."""
    key = KEYS.get(table, "id")
    found = {str(row[key]): row for row in found}
    # The export has lines of the log that belong to no model and no run; the API tells of those of a model or a run.
    if table == "logs":
        assert {str(row["id"]) for row in wanted} <= set(found), f"{tool}: lines are missing"
        found = {str(row["id"]): found[str(row["id"])] for row in wanted}
    assert len(found) == len(wanted) > 0, f"{tool}, {table}: {len(found)} rows, {len(wanted)} are in the API"
    cells = 0
    for row in wanted:
        there = found[str(row[key])]
        for name, value in there.items():
            if columns is not None and name not in columns:
                continue
            if table == "samples" and name not in row:
                # A message leaves out what is zero, false or unknown, which an export tells apart.
                assert name in UNSAID or value in (None, "", 0, "0"), f"{tool}, {table} {row[key]}, {name}: {value!r}"
                continue
            expected = row.get(name)
            if name == "formula_digest":
                expected = row["formula_digests"][row["formula_set"]]
            value = cell(value, expected) if texts or isinstance(expected, (list, dict)) and isinstance(value, str) else value
            expected = plain(expected)
            assert plain(value) == expected, f"{tool}, {table} {row[key]}, {name}: {value!r} is not {expected!r}"
            cells += 1
    print(f"{tool}: {table}: {len(wanted)} rows, {cells} cells as the API has them")


def sqlite_program(path, table):
    output = subprocess.run(
        ["sqlite3", "-json", path, f"SELECT * FROM {table}"], check=True, capture_output=True, text=True
    ).stdout
    return json.loads(output or "[]")


def datasette(path, table):
    output = subprocess.run(
        [sys.executable, "-m", "datasette", "serve", path, "--setting", "max_returned_rows", "100000", "--get",
         f"/all/{table}.json?_shape=array&_size=max"],
        check=True, capture_output=True, text=True,
    ).stdout
    return json.loads(output)


def main(folder, address):
    wanted = answers(folder, address)
    path = f"{folder}/all.db"

    module = sqlite3.connect(path)
    module.row_factory = sqlite3.Row
    assert module.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    import_extension("sqlite_scanner")
    duck = duckdb.connect()
    duck.execute(f"LOAD sqlite_scanner; ATTACH '{path}' AS exported (TYPE sqlite)")
    for table in TABLES:
        name = IN_DATABASE.get(table, table)
        compare("sqlite3 of Python", table, map(dict, module.execute(f"SELECT * FROM {name}")), wanted[table])
        compare("sqlite3", table, sqlite_program(path, name), wanted[table])
        compare("datasette", table, datasette(path, name), wanted[table])
        rows = duck.execute(f"SELECT * FROM exported.{name}")
        names = [column[0] for column in rows.description]
        compare("DuckDB", table, [dict(zip(names, row)) for row in rows.fetchall()], wanted[table])
    for table, original in (("runs", "benchmark_runs"), ("results", "benchmark_results"), ("models", "models")):
        rows = [dict(row) for row in module.execute(f"SELECT * FROM {original}")]
        compare("sqlite3 of Python, the original's", table, rows, wanted[table], columns=set(rows[0]) - {"raw_data"})
    figures = {}
    for result, name, metric, value in module.execute("SELECT * FROM figures"):
        figures.setdefault(result, {}).setdefault(name, {})[metric] = value
    assert figures == {row["id"]: row["metrics"] for row in wanted["results"]}
    print(f"figures: of {len(figures)} results as the API has them")

    for table in TABLES:
        with open(f"{folder}/{table}.csv", newline="", encoding="utf-8") as lines:
            compare("csv of Python", table, csv.DictReader(lines), wanted[table], texts=True)
        rows = duck.execute(f"SELECT * FROM read_csv('{folder}/{table}.csv', all_varchar = true, nullstr = '')")
        names = [column[0] for column in rows.description]
        compare("DuckDB, CSV", table, [dict(zip(names, row)) for row in rows.fetchall()], wanted[table], texts=True)
        with open(f"{folder}/{table}.ndjson", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        compare("json of Python", table, rows, wanted[table])
        if table in ("models", "runs", "results"):
            # Not one member more or less than the API's.
            assert sorted(rows, key=lambda row: row["id"]) == sorted(wanted[table], key=lambda row: row["id"])
    with open(f"{folder}/all.json", encoding="utf-8") as text:
        whole = json.load(text)
    for table in TABLES:
        compare("json of Python, everything", table, whole[table], wanted[table])

    with open(f"{folder}/otlp.json", encoding="utf-8") as lines:
        requests = [json_format.Parse(line, ExportMetricsServiceRequest()) for line in lines]
    metrics = [m for r in requests for m in r.resource_metrics[0].scope_metrics[0].metrics]
    points = [p for m in metrics for p in m.histogram.data_points]
    assert len(requests) == len(wanted["runs"]) and all(sum(p.bucket_counts) == p.count for p in points)
    assert "gen_ai.server.time_to_first_token" in {m.name for m in metrics}
    print(f"OpenTelemetry: {len(requests)} requests, {len(metrics)} metrics, {len(points)} histograms")

    suites = xml.etree.ElementTree.parse(f"{folder}/junit.xml").getroot()
    assert int(suites.get("tests")) == len(suites.findall(".//testcase")) > 1
    assert int(suites.get("failures")) == len(suites.findall(".//failure"))
    print(f"JUnit: {suites.get('tests')} cases")


main(*sys.argv[1:])
