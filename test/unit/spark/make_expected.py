"""Asks real Apache Spark for the answers to queries.sql and writes expected.jsonl, a line for each query.

Run it with a Python that has pyspark 4.1 and Java 17: `TZ=UTC python make_expected.py`. Answers that are there already
are kept; `--all` asks again. ANSI mode is on, the session's time zone is America/Los_Angeles.
"""

import datetime
import decimal
import json
import os
import pathlib
import re
import sys
import time

os.environ["TZ"] = "UTC"
time.tzset()

from pyspark.sql import Row, SparkSession  # noqa: E402

HERE = pathlib.Path(__file__).parent
CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")
EPOCH = datetime.datetime(1970, 1, 1)


def plain(value):
    """A value as JSON that says all of it: numbers as texts, instants as microseconds."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, datetime.datetime):
        return {"micros": str((value - EPOCH) // datetime.timedelta(microseconds=1))}
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return {"micros": str(value // datetime.timedelta(microseconds=1))}
    if isinstance(value, Row):
        return [plain(item) for item in value]
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {"map": [[plain(key), plain(item)] for key, item in value.items()]}
    raise TypeError(type(value))


def condition_of(error):
    found = CONDITION.search(str(error))
    return found.group(1) if found else type(error).__name__


def answer(spark, query):
    try:
        frame = spark.sql(query)
        rows = [[plain(value) for value in row] for row in frame.collect()]
        return {"query": query, "types": [field.dataType.simpleString() for field in frame.schema.fields], "rows": rows}
    except Exception as error:  # noqa: BLE001 - every kind of failure is an answer
        return {"query": query, "error": condition_of(error)}


def main():
    lines = (HERE / "queries.sql").read_text().splitlines()
    queries = [line for line in lines if line.strip() and not line.startswith("--")]
    target = HERE / "expected.jsonl"
    known = {}
    if target.exists() and "--all" not in sys.argv:
        known = {one["query"]: one for one in map(json.loads, target.read_text().splitlines())}
    missing = [query for query in queries if query not in known]
    if missing:
        builder = SparkSession.builder.master("local[1]")
        for key, value in {
            "spark.ui.enabled": "false",
            "spark.sql.session.timeZone": "America/Los_Angeles",
            "spark.sql.shuffle.partitions": "1",
            "spark.sql.warehouse.dir": "/tmp/bellows-expected-warehouse",
            "spark.log.level": "OFF",
        }.items():
            builder = builder.config(key, value)
        spark = builder.getOrCreate()
        with target.open("a") as kept:
            for query in missing:
                known[query] = answer(spark, query)
                print(json.dumps(known[query], ensure_ascii=False), file=kept, flush=True)
        spark.stop()
    target.write_text("".join(json.dumps(known[query], ensure_ascii=False) + "\n" for query in queries))


main()
