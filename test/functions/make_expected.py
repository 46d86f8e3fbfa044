"""Asks real Apache Spark for the result of every case in cases/, one JSON line each in expected/.

Run it with a Python that has pyspark 4.1 and Java 17: `python make_expected.py [family …]`. Answers that are there
already are kept; `--all` asks again. ANSI mode is on, the session's time zone is America/Los_Angeles.

A case is the line of a select list, with FROM where it needs rows; `== name` above says which function it is about.
"""

import json
import logging
import pathlib
import re
import sys

from pyspark.sql import SparkSession
from pyspark.sql.types import BinaryType

logging.disable(logging.CRITICAL)

HERE = pathlib.Path(__file__).parent
CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")


def spark_session():
    builder = SparkSession.builder.master("local[1]")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "America/Los_Angeles",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.warehouse.dir": "/tmp/bellows-expected-warehouse",
        "spark.log.level": "OFF",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def condition_of(error):
    ask = getattr(error, "getCondition", None)
    condition = ask() if ask else None
    if condition:
        return condition
    found = CONDITION.search(str(error))
    return found.group(1) if found else type(error).__name__




def answer(spark, sql):
    try:
        frame = spark.sql("SELECT " + sql)
        schema = frame.schema
        names = [f"v{index}" for index in range(len(schema.fields))]
        texts = [
            f"hex({name})" if isinstance(field.dataType, BinaryType) else f"CAST({name} AS STRING)"
            for name, field in zip(names, schema.fields)
        ]
        rows = [list(row) for row in frame.toDF(*names).selectExpr(*texts).collect()]
        return {"types": [field.dataType.simpleString() for field in schema.fields], "rows": rows}
    except Exception as error:  # What fails in Spark is an answer too.
        return {"error": condition_of(error)}


def cases(path):
    function = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            function = line[3:].strip()
        elif line.strip() and not line.startswith("--"):
            yield function, line.strip()


def main():
    names = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    again = "--all" in sys.argv
    spark = None
    for path in sorted((HERE / "cases").glob("*.txt")):
        if names and path.stem not in names:
            continue
        target = HERE / "expected" / f"{path.stem}.jsonl"
        known = {}
        if target.exists() and not again:
            for line in target.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                known[entry["sql"]] = {key: entry[key] for key in ("types", "rows", "error") if key in entry}
        lines = []
        for function, sql in cases(path):
            if sql not in known:
                spark = spark or spark_session()
                known[sql] = answer(spark, sql)
            lines.append(json.dumps({"function": function, "sql": sql, **known[sql]}, ensure_ascii=False))
        target.parent.mkdir(exist_ok=True)
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(path.stem, len(lines), flush=True)
    names = HERE / "expected" / "names.txt"
    if spark is not None or not names.exists():
        spark = spark or spark_session()
        names.write_text("\n".join(sorted(row[0] for row in spark.sql("SHOW SYSTEM FUNCTIONS").collect())) + "\n")


main()
