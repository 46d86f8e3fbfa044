"""Makes the cases of the differential suite and asks real Apache Spark for their answers: writes sql/*.slt.

Run it with a Python that has pyspark 4.1 and Java 17, and Node 26 first in PATH:
`python make_expected.py [--most N] [file …]`. Answers that are there already are kept, so that a run can be ended and gone
on with; `--most` asks for N more cases of each file, spread over it. ANSI mode is on, the session's time zone is America/Los_Angeles. Cases come from templates: operators × types × nulls.
Where Spark refuses a list of several expressions, each of them becomes a case of its own.
"""

import datetime
import decimal
import itertools
import json
import logging
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

os.environ["TZ"] = "UTC"
time.tzset()

from pyspark.sql import DataFrame, Row, SparkSession  # noqa: E402

logging.disable(logging.CRITICAL)

HERE = pathlib.Path(__file__).parent
TABLES = ["types", "facts", "dims", "nothing", "nested", "sales"]
EPOCH = datetime.datetime(1970, 1, 1)
CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")

# A case: (label, sql) or (label, [expressions], rest of the query). `sort` is rowsort unless the query orders its rows.


def chunks(items, size):
    items = list(items)
    return [items[at : at + size] for at in range(0, len(items), size)]


def packed(label, expressions, rest="FROM types", size=6):
    for number, chunk in enumerate(chunks(expressions, size)):
        yield (f"{label}-{number}", chunk, rest)


def singles(label, queries):
    for number, query in enumerate(queries):
        yield (f"{label}-{number}", query)


INTEGERS = ["ti", "si", "i", "l"]
NUMBERS = ["ti", "si", "i", "l", "f", "d", "dc", "bd"]
SCALARS = ["bo", *NUMBERS, "s", "b", "dt", "ts", "tn"]
TARGETS = ["BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10,2)", "DECIMAL(5,0)", "STRING", "BINARY", "DATE", "TIMESTAMP", "TIMESTAMP_NTZ"]


def arithmetic():
    for operator in ["+", "-", "*"]:
        for left in NUMBERS:
            yield from packed(f"{left}{operator}", [f"{left} {operator} {right}" for right in NUMBERS], "FROM types WHERE id IN (1, 5, 6, 8)", 8)
    for operator in ["/", "%", "div"]:
        for left in NUMBERS:
            rights = [right for right in NUMBERS if operator != "div" or (left not in "fd" and right not in "fd")]
            yield from packed(f"{left}{operator}", [f"{left} {operator} {right}" for right in rights], "FROM types WHERE id IN (1, 2, 6, 7, 8)", 8)
    for operator in ["+", "-", "*", "/", "%"]:
        yield from packed(f"literal{operator}", [f"{column} {operator} {literal}" for column in NUMBERS for literal in ["2", "2.5", "1.5D", "3L", "2Y"]], "FROM types WHERE id IN (1, 2, 5, 7, 8)", 5)
    for operator in ["&", "|", "^"]:
        yield from packed(f"bits{operator}", [f"{left} {operator} {right}" for left in INTEGERS for right in INTEGERS], "FROM types", 8)
    yield from packed("unary", [f"{sign}{column}" for sign in ["-", "+"] for column in NUMBERS] + [f"~{column}" for column in INTEGERS], "FROM types WHERE id <> 4", 5)
    for column in NUMBERS:
        yield from packed(f"functions-{column}", [f"{name}({column})" for name in ["abs", "sign", "ceil", "floor", "round", "bround", "negative"]] + [f"round({column}, 1)", f"pmod({column}, 3)"], "FROM types WHERE id <> 4 AND id <> 3", 5)
    for row, operator, column in itertools.product([3, 4], ["+", "*", "-"], INTEGERS + ["dc", "bd"]):
        small = {"ti": "TINYINT", "si": "SMALLINT", "i": "INT", "l": "BIGINT"}.get(column, "DECIMAL(20,4)")
        other = column if operator != "-" else f"CAST(7 AS {small})"
        yield (f"overflow-{row}-{column}{operator}", f"SELECT {column} {operator} {other} FROM types WHERE id = {row}")
    for column in INTEGERS:
        yield (f"negate-{column}", f"SELECT -{column} FROM types WHERE id = 4")
        yield (f"abs-{column}", f"SELECT abs({column}) FROM types WHERE id = 4")
    for operator, left, right in itertools.product(["/", "%", "div"], ["i", "d", "dc"], ["0", "0.0", "0D", "i - i"]):
        yield (f"zero-{left}{operator}{right.replace(' ', '')}", f"SELECT {left} {operator} ({right}) FROM types WHERE id = 1")
    yield from packed("try", [f"try_{name}({left}, {right})" for name in ["add", "subtract", "multiply", "divide", "mod"] for left, right in [("i", "i"), ("l", "l"), ("i", "0"), ("dc", "dc"), ("d", "0")]], "FROM types", 5)
    yield from packed("text", ["s + 1", "s * 2.0D", "s / 2", "1 - s", "s % 2"], "FROM types WHERE id IN (6, 8)", 5)
    yield from singles("text-bad", [f"SELECT s {operator} 1 FROM types WHERE id = 1" for operator in "+-*/%"])
    yield from singles("refused", [f"SELECT {left} {operator} {right} FROM types" for left, right in [("bo", "i"), ("dt", "d"), ("b", "i"), ("ts", "l"), ("bo", "bo")] for operator in ["+", "*", "%"]])


def comparison():
    operators = ["=", "<>", "<", "<=", ">", ">=", "<=>"]
    for left, right in itertools.combinations_with_replacement(NUMBERS, 2):
        yield from packed(f"{left}-{right}", [f"a.{left} {operator} b.{right}" for operator in operators], "FROM types a JOIN types b ON b.id IN (1, a.id, a.id - 1)", 7)
    for column in ["s", "bo", "b", "dt", "ts", "tn"]:
        yield from packed(f"{column}-{column}", [f"a.{column} {operator} b.{column}" for operator in operators], "FROM types a JOIN types b ON b.id IN (1, a.id, a.id - 1)", 7)
    for left, right in [("dt", "ts"), ("ts", "tn"), ("dt", "tn")]:
        yield from packed(f"{left}-{right}", [f"{left} {operator} {right}" for operator in operators], "FROM types", 7)
    for column, literal in [("s", "'abc'"), ("s", "''"), ("dt", "'2024-02-29'"), ("ts", "'2024-02-29 12:00:00'"), ("i", "'7'"), ("d", "double('NaN')"), ("d", "0"), ("dc", "0.01"), ("bd", "0.5D"), ("bo", "true"), ("l", "7.0"), ("b", "X'4162'"), ("f", "0.1"), ("f", "0.1F")]:
        yield from packed(f"{column}-literal-{len(literal)}-{abs(hash_of(literal)) % 97}", [f"{column} {operator} {literal}" for operator in operators], "FROM types", 7)
    for column, items in [("i", "1, 7"), ("i", "1, NULL"), ("s", "'abc', ''"), ("s", "'abc', NULL"), ("d", "double('NaN'), 0"), ("dc", "12.34, 0"), ("dt", "DATE'2024-02-29', NULL"), ("i", "1, 2.5"), ("l", "7, 1000L"), ("bo", "true, NULL"), ("ti", "1000, 1")]:
        yield from packed(f"in-{column}-{abs(hash_of(items)) % 97}", [f"{column} IN ({items})", f"{column} NOT IN ({items})"], "FROM types")
    yield from packed("between", [f"{column} {negated}BETWEEN {low} AND {high}" for negated in ["", "NOT "] for column, low, high in [("i", "0", "100"), ("d", "-1", "1"), ("s", "'a'", "'b'"), ("i", "NULL", "100"), ("dc", "0", "1.5D"), ("dt", "'2000-01-01'", "'2024-03-01'")]])
    yield from packed("is", [f"{column} IS {what}" for column in ["bo", "d", "s"] for what in ["NULL", "NOT NULL"]] + [f"bo IS {what}" for what in ["TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"]] + ["isnan(d)", "isnan(f)", "i IS DISTINCT FROM 7", "i IS NOT DISTINCT FROM NULL"])
    yield from packed("like", [f"s {negated}{operator} {pattern}" for negated in ["", "NOT "] for operator in ["LIKE", "ILIKE"] for pattern in ["'a%'", "'%'", "'_b_'", "''", "'%日%'", "'A\\\\%'"]] + ["s RLIKE '^[a-z]+$'", "s RLIKE ''", "s LIKE ANY ('a%', '7')", "s LIKE ALL ('%', '%e%')"])
    yield from packed("extremes", [f"{name}({items})" for name in ["greatest", "least"] for items in ["i, si, ti", "d, f", "i, d", "s, 'b'", "dt, DATE'2020-01-01'", "dc, bd", "i, NULL", "ts, ts"]])
    yield from singles("refused", [f"SELECT {left} = {right} FROM types" for left, right in [("bo", "i"), ("b", "i"), ("dt", "i"), ("ts", "d"), ("bo", "dt")]])
    yield from packed("nested", [f"arr {operator} array(1, 2, 3)" for operator in operators[:6]] + [f"st {operator} struct(1, 'x')" for operator in operators[:6]], "FROM nested")


def hash_of(text):
    return sum(ord(letter) * (at + 1) for at, letter in enumerate(text))


def cast():
    for column in SCALARS:
        for target in TARGETS:
            yield (f"{column}-{target}", f"SELECT CAST({column} AS {target}) AS c FROM types WHERE id IN (1, 8)" if column != "s" else f"SELECT CAST(s AS {target}) AS c FROM types WHERE id IN (6, 8)")
    for column in SCALARS:
        yield from packed(f"try-{column}", [f"try_cast({column} AS {target})" for target in TARGETS if not (target == "BINARY" and column not in ["s", "b"])], "FROM types WHERE id <> 4", 7)
    for column, target in [("l", "INT"), ("i", "SMALLINT"), ("si", "TINYINT"), ("d", "INT"), ("d", "BIGINT"), ("f", "TINYINT"), ("bd", "DECIMAL(10,2)"), ("dc", "TINYINT"), ("d", "DECIMAL(10,2)"), ("l", "DECIMAL(5,0)"), ("l", "TIMESTAMP")]:
        for row in [3, 4, 5]:
            yield (f"overflow-{column}-{target}-{row}", f"SELECT CAST({column} AS {target}) FROM types WHERE id = {row}")
    texts = ["1", " 1 ", "+1", "-0", "1.5", "1e2", "1.", ".5", "0x1F", "", " ", "abc", "true", "T", "yes", "2147483648", "NaN", "Infinity", "-inf", "1L", "1_000", "2024-02-29", "2024-2-9", "2023-02-29", "2024-01-01 10:11:12.123456789", "2024-01-01T10:11:12Z", "10:11", "2024", "99999999999.99"]
    for target in ["BOOLEAN", "TINYINT", "INT", "BIGINT", "DOUBLE", "FLOAT", "DECIMAL(10,2)", "DATE", "TIMESTAMP", "TIMESTAMP_NTZ"]:
        values = ", ".join(f"('{text}')" for text in texts if target != "TIMESTAMP" or text != "10:11")
        yield (f"texts-{target}", f"SELECT t, try_cast(t AS {target}) AS c FROM VALUES {values} AS v(t)")
        for text in ["", "abc", "1.5", "2023-02-29"]:
            yield (f"bad-{target}-{text or 'empty'}", f"SELECT CAST(t AS {target}) AS c FROM VALUES ('{text}'), (NULL) AS v(t)")
    for source in SCALARS:
        measured = source if source in ["s", "b"] else f"CAST({source} AS STRING)"
        yield (f"text-of-{source}", f"SELECT id, CAST({source} AS STRING) AS c, length({measured}) AS n FROM types")
    yield from packed("text-of-nested", [f"CAST({column} AS STRING)" for column in ["arr", "words", "st", "mp", "recs", "deep"]], "FROM nested")
    yield from packed("nested", ["CAST(arr AS ARRAY<STRING>)", "CAST(arr AS ARRAY<DOUBLE>)", "CAST(st AS STRUCT<x: BIGINT, y: STRING>)", "CAST(mp AS MAP<STRING, DOUBLE>)"], "FROM nested")


def logic():
    truth = "(SELECT * FROM VALUES (true, true), (true, false), (true, NULL), (false, true), (false, false), (false, NULL), (NULL, true), (NULL, false), (CAST(NULL AS BOOLEAN), CAST(NULL AS BOOLEAN)) AS t(p, q)) AS t"
    yield from packed("truth", ["p AND q", "p OR q", "NOT p", "p = q", "p <=> q", "p AND NOT q", "NOT (p OR q)", "p <> q", "if(p, 1, 2)", "CASE WHEN p THEN 'p' WHEN q THEN 'q' END", "coalesce(p, q)", "nullif(p, q)", "nvl(p, q)", "nvl2(p, q, true)", "p < q", "p IN (q, true)", "ifnull(p, false)", "bool(p)"], f"FROM (SELECT p, q FROM {truth})".replace("SELECT p, q FROM", "SELECT p, q FROM"), 6)
    for left, right in itertools.combinations(["ti", "i", "l", "f", "d", "dc", "bd", "s", "dt", "ts"], 2):
        yield from packed(f"mixed-{left}-{right}", [f"CASE WHEN id % 2 = 0 THEN {left} ELSE {right} END", f"coalesce({left}, {right})", f"if(bo, {left}, {right})"], "FROM types WHERE id IN (1, 2, 6, 8)" if "s" not in [left, right] else "FROM types WHERE id IN (6, 8)")
    yield from packed("case", ["CASE i WHEN 7 THEN 'seven' WHEN 0 THEN 'zero' ELSE 'other' END", "CASE WHEN i > 0 THEN i END", "CASE s WHEN '' THEN 1 WHEN 'abc' THEN 2 END", "CASE WHEN NULL THEN 1 ELSE 2 END", "CASE d WHEN double('NaN') THEN 'nan' WHEN 0 THEN 'zero' END", "decode(i, 7, 'a', 0, 'b', 'c')", "nullif(i, 7)", "nvl2(s, 1, 2)", "zeroifnull(i)", "nullifzero(i)", "coalesce(NULL, i, 1)", "equal_null(i, 7)"])
    yield from singles("guarded", ["SELECT CASE WHEN i <> 0 THEN 100 / i END FROM types WHERE id IN (5, 6)", "SELECT if(i = 0, -1, 100 div i) FROM types WHERE id IN (5, 6)", "SELECT coalesce(i, 1 / 0) FROM types WHERE id IN (5, 6)", "SELECT i FROM types WHERE i <> 0 AND 100 / i > 10", "SELECT CASE WHEN id = 8 THEN CAST('x' AS INT) ELSE 1 END FROM types WHERE id < 8"])


def joins():
    kinds = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"]
    conditions = {
        "key": "a.k = b.k", "safe": "a.k <=> b.k", "residual": "a.k = b.k AND a.id > b.rank", "range": "a.k < b.k", "or": "a.k = b.k OR a.id = b.rank",
        "expression": "a.k + 1 = b.rank", "never": "a.k = b.k AND 1 = 0", "left-only": "a.k = b.k AND a.flag", "right-only": "a.k = b.k AND b.name IS NOT NULL",
        "two-keys": "a.k = b.k AND a.id = b.rank", "mixed-types": "a.w / 1000000007 = b.k", "always": "true",
    }
    for kind, (name, condition) in itertools.product(kinds, conditions.items()):
        short = kind.lower().replace(" join", "").replace(" ", "-")
        columns = "a.id, a.k" if "SEMI" in kind or "ANTI" in kind else "a.id, a.k, b.k AS bk, b.name, b.rank"
        yield (f"{short}-{name}", f"SELECT {columns} FROM (SELECT * FROM facts WHERE id < 14) a {kind} dims b ON {condition}")
        if name in ["key", "safe", "residual", "range", "two-keys", "left-only"]:
            yield (f"{short}-{name}-count", f"SELECT count(*) AS n, sum(a.v) AS s FROM facts a {kind} dims b ON {condition}")
            yield (f"{short}-{name}-swapped", f"SELECT {'b.name, b.rank' if 'SEMI' in kind or 'ANTI' in kind else 'b.name, a.id'} FROM dims b {kind} (SELECT * FROM facts WHERE id % 2 = 0) a ON {condition}")
            yield (f"{short}-{name}-group", f"SELECT a.k, count(*) AS n, max(a.id) AS m FROM facts a {kind} dims b ON {condition} GROUP BY a.k")
        if name in ["key", "safe", "always", "range"]:
            yield (f"{short}-{name}-empty-right", f"SELECT a.id FROM facts a {kind} nothing b ON {condition.replace('b.rank', 'b.k')}")
            yield (f"{short}-{name}-empty-left", f"SELECT {'b.k' if 'SEMI' in kind or 'ANTI' in kind else 'a.id, b.k, b.name'} FROM nothing b {kind} facts a ON {condition}")
    for kind in kinds[:4]:
        short = kind.lower().replace(" join", "").replace(" ", "-")
        yield (f"{short}-using", f"SELECT * FROM (SELECT k, id FROM facts WHERE id < 9) a {kind} (SELECT k, name FROM dims) b USING (k)")
        yield (f"{short}-using-qualified", f"SELECT k, a.k AS ak, b.k AS bk FROM facts a {kind} dims b USING (k)")
        yield (f"{short}-natural", f"SELECT * FROM (SELECT k, id FROM facts WHERE id < 9) a NATURAL {kind} (SELECT k, rank FROM dims) b")
        yield (f"{short}-where-null", f"SELECT a.id, b.name FROM facts a {kind} dims b ON a.k = b.k WHERE b.k IS NULL OR a.id IS NULL")
        yield (f"{short}-three", f"SELECT a.id, b.name, c.name AS other FROM (SELECT * FROM facts WHERE id < 8) a {kind} dims b ON a.k = b.k {kind} dims c ON b.rank = c.k")
        yield (f"{short}-coalesce", f"SELECT coalesce(a.k, b.k) AS k, count(*) AS n FROM facts a {kind} dims b ON a.k = b.k GROUP BY 1")
        for column in ["bo", "ti", "l", "f", "d", "dc", "s", "b", "dt", "ts", "tn"]:
            yield (f"{short}-on-{column}", f"SELECT a.id, b.id AS bid FROM types a {kind} types b ON a.{column} = b.{column}")
            yield (f"{short}-safe-on-{column}", f"SELECT a.id, b.id AS bid FROM types a {kind} types b ON a.{column} <=> b.{column}")
    for left, right in [("i", "l"), ("i", "d"), ("dc", "bd"), ("i", "dc"), ("f", "d"), ("dt", "ts"), ("ti", "bd")]:
        yield (f"coerced-{left}-{right}", f"SELECT a.id, b.id AS bid FROM types a JOIN types b ON a.{left} = b.{right}")
    yield from singles("cross", ["SELECT a.k, b.k AS bk FROM dims a CROSS JOIN dims b WHERE a.rank = 1", "SELECT count(*) FROM dims, dims b, dims c", "SELECT a.name, b.name AS other FROM dims a, dims b WHERE a.k = b.k AND a.name < b.name", "SELECT count(*) FROM facts CROSS JOIN nothing", "SELECT a.id FROM facts a, LATERAL (SELECT max(rank) AS m FROM dims b WHERE b.k = a.k) AS t WHERE m > 1", "SELECT a.id, m FROM facts a LEFT JOIN LATERAL (SELECT rank AS m FROM dims b WHERE b.k = a.k AND b.rank > 1) ON true WHERE a.id < 9"])
    yield from singles("wrong", ["SELECT k FROM facts a JOIN dims b ON a.k = b.k", "SELECT * FROM facts a JOIN dims b ON a.k = b.nope", "SELECT * FROM facts a JOIN nowhere b ON a.k = b.k", "SELECT a.id FROM facts a JOIN dims b USING (nope)", "SELECT b.k FROM facts a LEFT SEMI JOIN dims b ON a.k = b.k", "SELECT a.id FROM facts a JOIN dims b ON a.k", "SELECT a.id FROM facts a JOIN dims b ON count(*) > 1", "SELECT x.id FROM facts a"])


AGGREGATES = ["count(*)", "count(v)", "count(DISTINCT v)", "count(DISTINCT k, g)", "sum(v)", "sum(DISTINCT v)", "avg(v)", "avg(DISTINCT v)", "min(v)", "max(v)", "sum(w)", "sum(p)", "avg(p)", "min(p)", "max(g)", "min(g)", "min(day)", "max(day)", "sum(x)", "avg(x)", "min(x)", "max(x)", "stddev(v)", "stddev_pop(v)", "stddev_samp(x)", "var_samp(v)", "var_pop(v)", "variance(p)", "skewness(v)", "kurtosis(v)", "corr(v, w)", "covar_pop(v, p)", "covar_samp(v, p)", "bool_and(flag)", "bool_or(flag)", "every(flag)", "some(flag)", "count_if(v > 0)", "bit_and(id)", "bit_or(id)", "bit_xor(id)", "max_by(g, id)", "min_by(g, id)", "max_by(id, w + id)", "sort_array(collect_list(v))", "sort_array(collect_set(g))", "array_size(collect_list(g))", "percentile(v, 0.5)", "percentile(v, array(0.25, 0.75))", "median(v)", "try_sum(v)", "try_avg(p)", "regr_count(v, w)", "regr_slope(v, w)", "regr_avgx(v, p)", "sum(v * p)", "sum(CAST(v AS TINYINT))", "avg(CAST(x AS FLOAT))", "min(struct(v, id))", "max(array(v, id))", "listagg(g, ',') WITHIN GROUP (ORDER BY id)", "count(DISTINCT x)", "sum(DISTINCT p)", "sum(id)", "percentile_disc(0.5) WITHIN GROUP (ORDER BY v)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY v)", "approx_count_distinct(g)", "first(v, true) IS NOT NULL", "max(id)", "max(flag)"]


def aggregates():
    tails = {"all": "FROM facts", "none": "FROM facts WHERE id < 0", "by-k": "FROM facts GROUP BY k", "by-g": "FROM facts GROUP BY g", "by-two": "FROM facts GROUP BY k, flag", "by-day": "FROM facts GROUP BY day", "by-x": "FROM facts GROUP BY x", "by-expression": "FROM facts GROUP BY v % 3", "none-by-k": "FROM facts WHERE id < 0 GROUP BY k"}
    keys = {"by-k": ["k"], "by-g": ["g"], "by-two": ["k", "flag"], "by-day": ["day"], "by-x": ["x"], "by-expression": ["v % 3"], "none-by-k": ["k"]}
    for name, tail in tails.items():
        for number, chunk in enumerate(chunks(AGGREGATES, 5)):
            yield (f"{name}-{number}", keys.get(name, []) + chunk, tail)
    simple = ["count(*)", "count(v)", "sum(v)", "avg(p)", "min(g)", "max(x)", "count(DISTINCT v)", "bool_and(flag)", "stddev(v)", "sum(DISTINCT v)"]
    for name, condition in [("positive", "v > 0"), ("never", "false"), ("null", "v IS NULL"), ("flag", "flag")]:
        yield from packed(f"filter-{name}", [f"{one} FILTER (WHERE {condition})" for one in simple], "FROM facts", 5)
        yield from packed(f"filter-{name}-by-k", ["k"] + [f"{one} FILTER (WHERE {condition})" for one in simple], "FROM facts GROUP BY k", 11)
    for column in SCALARS:
        yield from packed(f"types-{column}", [f"count({column})", f"count(DISTINCT {column})", f"min({column})", f"max({column})"], "FROM types WHERE id <> 4", 4)
        yield (f"group-{column}", f"SELECT {column}, count(*) AS n FROM (SELECT * FROM types UNION ALL SELECT * FROM types WHERE id < 4) GROUP BY {column}")
        yield (f"distinct-{column}", f"SELECT DISTINCT {column} FROM (SELECT * FROM types UNION ALL SELECT * FROM types)")
    for column in NUMBERS:
        yield from packed(f"sums-{column}", [f"sum({column})", f"avg({column})", f"sum(DISTINCT {column})", f"stddev({column})"], "FROM types WHERE id NOT IN (3, 4, 5)", 4)
        yield (f"sum-large-{column}", f"SELECT sum({column}), avg({column}) FROM (SELECT * FROM types WHERE id = 3 UNION ALL SELECT * FROM types WHERE id = 3)")
    yield from singles("having", ["SELECT k, sum(v) AS s FROM facts GROUP BY k HAVING sum(v) > 3", "SELECT k FROM facts GROUP BY k HAVING count(*) > 5 AND max(p) > 0", "SELECT sum(v) FROM facts HAVING count(*) > 100", "SELECT k, count(*) AS n FROM facts GROUP BY k HAVING n > 5", "SELECT 1 FROM facts HAVING max(v) > 0", "SELECT k + 1 AS q, count(*) FROM facts GROUP BY q HAVING q > 2", "SELECT g, avg(p) FROM facts GROUP BY g HAVING avg(p) IS NOT NULL AND g <> ''", "SELECT k FROM facts GROUP BY k HAVING k IS NULL", "SELECT DISTINCT k, g FROM facts WHERE v > 0", "SELECT DISTINCT k % 2 FROM facts", "SELECT count(DISTINCT k % 2, flag) FROM facts", "SELECT sum(n) FROM (SELECT count(*) AS n FROM facts GROUP BY k)", "SELECT k, sum(v) + count(*) * 2 FROM facts GROUP BY k", "SELECT k, sum(v + 1) / sum(v * 2 + 1) FROM facts GROUP BY k", "SELECT max(s) FROM (SELECT k, sum(v) AS s FROM facts GROUP BY k)", "SELECT k, g, count(*) FROM facts GROUP BY ALL", "SELECT k, count(*) FROM facts GROUP BY 1", "SELECT count(*), count(1), count(NULL) FROM nothing", "SELECT sum(x), max(name), count(DISTINCT k) FROM nothing", "SELECT k, count(*) FROM nothing GROUP BY k"])
    yield from singles("wrong", ["SELECT k, v FROM facts GROUP BY k", "SELECT k, sum(v) FROM facts", "SELECT sum(sum(v)) FROM facts", "SELECT k FROM facts WHERE sum(v) > 1", "SELECT k FROM facts GROUP BY sum(v)", "SELECT sum(g) FROM facts", "SELECT avg(flag) FROM facts", "SELECT count(*) FROM facts GROUP BY 2", "SELECT sum(v) FILTER (WHERE id) FROM facts", "SELECT nosuch(v) FROM facts", "SELECT sum(v, 2) FROM facts", "SELECT sum() FROM facts", "SELECT bool_and(v) FROM facts", "SELECT upper(DISTINCT g) FROM facts", "SELECT sum(l) FROM types WHERE id IN (3, 1)", "SELECT sum(CAST(l AS DECIMAL(38,0)) * 1) FROM types"])


def grouping():
    sets = ["GROUP BY k, flag WITH ROLLUP", "GROUP BY ROLLUP (k, flag)", "GROUP BY CUBE (k, flag)", "GROUP BY GROUPING SETS ((k), (flag), ())", "GROUP BY GROUPING SETS ((k, flag), (k), (k))", "GROUP BY k, ROLLUP (flag)", "GROUP BY CUBE (k), ROLLUP (flag)", "GROUP BY GROUPING SETS ((), ())", "GROUP BY k, flag GROUPING SETS ((k), (flag))", "GROUP BY ROLLUP ((k, flag))", "GROUP BY k, flag"]
    selects = ["k, flag, count(*) AS n", "k, flag, sum(v) AS s, avg(p) AS a", "k, flag, count(DISTINCT g) AS n", "k, sum(v) FILTER (WHERE flag) AS s, flag", "coalesce(CAST(k AS STRING), 'all') AS c, flag, max(x) AS m"]
    for (a, tail), (b, select) in itertools.product(enumerate(sets), enumerate(selects)):
        yield (f"sets-{a}-{b}", f"SELECT {select} FROM facts {tail}")
    for a, tail in enumerate(sets[:7] + sets[8:9]):
        yield (f"ids-{a}", f"SELECT k, flag, grouping(k) AS gk, grouping(flag) AS gf, grouping_id() AS gid, count(*) AS n FROM facts {tail}")
        yield (f"having-{a}", f"SELECT k, flag, sum(v) AS s FROM facts {tail} HAVING sum(v) > 5 OR grouping(k) = 1")
        yield (f"empty-{a}", f"SELECT k, count(*) AS n FROM facts WHERE id < 0 {tail}")
    yield from singles("more", ["SELECT k, grouping_id(k) FROM facts GROUP BY CUBE (k)", "SELECT k % 2 AS q, count(*) FROM facts GROUP BY ROLLUP (k % 2)", "SELECT grouping(k) FROM facts GROUP BY k", "SELECT grouping(v) FROM facts GROUP BY ROLLUP (k)", "SELECT k, v FROM facts GROUP BY ROLLUP (k)", "SELECT k, day, flag, count(*) FROM facts GROUP BY CUBE (k, day, flag)", "SELECT k, sum(k) FROM facts GROUP BY ROLLUP (k)"])


def windows():
    functions = ["row_number()", "rank()", "dense_rank()", "percent_rank()", "cume_dist()", "ntile(3)", "lag(v)", "lag(v, 2, -1)", "lead(g)", "lead(v, 1, 0)", "lag(v) IGNORE NULLS", "first_value(v)", "last_value(v)", "nth_value(v, 2)", "first_value(v) IGNORE NULLS", "last_value(v, true)", "sum(v)", "count(*)", "count(v)", "avg(p)", "min(x)", "max(g)", "stddev(v)", "collect_list(v)", "sum(p)", "bool_or(flag)", "max(struct(v, id))"]
    windows = {"k-id": "PARTITION BY k ORDER BY id", "id": "ORDER BY id", "flag-id-desc": "PARTITION BY flag ORDER BY id DESC", "two": "PARTITION BY k, flag ORDER BY day, id", "g-p": "PARTITION BY g ORDER BY p NULLS LAST, id"}
    for name, window in windows.items():
        for number, chunk in enumerate(chunks(functions, 5)):
            yield (f"{name}-{number}", ["id"] + [f"{one} OVER ({window})" for one in chunk], "FROM facts")
    ties = ["rank()", "dense_rank()", "percent_rank()", "cume_dist()", "sum(v)", "count(*)", "max(x)", "avg(p)"]
    for name, window in {"ties": "PARTITION BY flag ORDER BY v", "ties-desc": "PARTITION BY flag ORDER BY v DESC", "ties-last": "ORDER BY v NULLS LAST", "day": "ORDER BY day", "x": "PARTITION BY flag ORDER BY x"}.items():
        for number, chunk in enumerate(chunks(ties, 4)):
            yield (f"{name}-{number}", ["id"] + [f"{one} OVER ({window})" for one in chunk], "FROM facts")
    for name, window in {"whole": "", "whole-k": "PARTITION BY k", "whole-g": "PARTITION BY g"}.items():
        yield (f"{name}", ["id"] + [f"{one} OVER ({window})" for one in ["sum(v)", "count(*)", "avg(p)", "min(g)", "max(day)", "min(x)"]], "FROM facts")
    bounds = ["UNBOUNDED PRECEDING", "2 PRECEDING", "CURRENT ROW", "1 FOLLOWING", "UNBOUNDED FOLLOWING"]
    framed = ["sum(v)", "count(*)", "min(p)", "first_value(id)", "last_value(id)"]
    for start, end in itertools.combinations_with_replacement(range(5), 2):
        if (start, end) in [(0, 0), (4, 4)]:
            continue
        frame = f"BETWEEN {bounds[start]} AND {bounds[end]}"
        yield (f"rows-{start}-{end}", ["id"] + [f"{one} OVER (PARTITION BY k ORDER BY id ROWS {frame})" for one in framed], "FROM facts")
        yield (f"range-{start}-{end}", ["id"] + [f"{one} OVER (PARTITION BY k ORDER BY id RANGE {frame})" for one in framed], "FROM facts")
        yield (f"range-null-{start}-{end}", ["id"] + [f"{one} OVER (PARTITION BY flag ORDER BY v RANGE {frame})" for one in framed[:3]], "FROM facts")
        yield (f"range-desc-{start}-{end}", ["id"] + [f"{one} OVER (ORDER BY v DESC RANGE {frame})" for one in framed[:3]], "FROM facts")
    yield from singles("more", ["SELECT id, sum(v) OVER w AS s, count(*) OVER w AS n FROM facts WINDOW w AS (PARTITION BY k ORDER BY id)", "SELECT k, sum(sum(v)) OVER (ORDER BY k) AS s FROM facts GROUP BY k", "SELECT k, rank() OVER (ORDER BY count(*) DESC, k) AS r FROM facts GROUP BY k", "SELECT * FROM (SELECT id, k, row_number() OVER (PARTITION BY k ORDER BY id DESC) AS r FROM facts) WHERE r <= 2", "SELECT id, v - lag(v, 1, 0) OVER (ORDER BY id) AS d FROM facts", "SELECT id, sum(v) OVER (ORDER BY day RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW) AS s FROM facts", "SELECT id, count(*) OVER (PARTITION BY v IS NULL) AS n FROM facts", "SELECT id, rank() OVER (PARTITION BY k) FROM facts", "SELECT row_number() FROM facts", "SELECT id FROM facts WHERE row_number() OVER (ORDER BY id) = 1", "SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) FROM facts", "SELECT sum(v) OVER (RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM facts", "SELECT sum(v) OVER (ORDER BY k, id RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM facts", "SELECT count(DISTINCT v) OVER (PARTITION BY k) FROM facts", "SELECT ntile(0) OVER (ORDER BY id) FROM facts", "SELECT sum(v) OVER nope FROM facts", "SELECT id, nth_value(v, 0) OVER (ORDER BY id) FROM facts", "SELECT id, sum(x) OVER (PARTITION BY k ORDER BY id) FROM facts WHERE k IS NOT NULL", "SELECT DISTINCT k, count(*) OVER (PARTITION BY k) AS n FROM facts", "SELECT id, lag(id, -1) OVER (ORDER BY id) AS l FROM facts"])


def sets():
    sides = {"k": ("SELECT k FROM facts", "SELECT k FROM dims"), "two": ("SELECT k, flag FROM facts", "SELECT k, rank > 2 FROM dims"), "text": ("SELECT g FROM facts", "SELECT name FROM dims"), "double": ("SELECT d FROM types", "SELECT x FROM facts"), "mixed": ("SELECT i FROM types", "SELECT w FROM facts"), "decimal": ("SELECT dc FROM types", "SELECT k FROM dims"), "empty": ("SELECT k FROM facts", "SELECT k FROM nothing"), "empty-left": ("SELECT k FROM nothing", "SELECT k FROM facts"), "nulls": ("SELECT NULL", "SELECT k FROM dims"), "array": ("SELECT arr FROM nested", "SELECT array(5) UNION ALL SELECT arr FROM nested WHERE id = 3"), "constant": ("SELECT 1 AS a, 'x' AS b", "VALUES (1, 'x'), (2, NULL)"), "dates": ("SELECT dt FROM types", "SELECT ts FROM types"), "bytes": ("SELECT b FROM types", "SELECT b FROM types WHERE id < 4")}
    operators = ["UNION", "UNION ALL", "UNION DISTINCT", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL", "MINUS"]
    for (name, (left, right)), operator in itertools.product(sides.items(), operators):
        yield (f"{name}-{operator.lower().replace(' ', '-')}", f"({left}) {operator} ({right})")
        if operator in ["UNION ALL", "EXCEPT", "INTERSECT", "EXCEPT ALL"]:
            yield (f"{name}-{operator.lower().replace(' ', '-')}-count", f"SELECT count(*) AS n FROM (({left}) {operator} ({right}))")
    for a, b in itertools.product(operators[:7], repeat=2):
        yield (f"chain-{a}-{b}".lower().replace(" ", "-"), f"SELECT k FROM dims {a} SELECT rank FROM dims {b} SELECT k % 3 FROM facts")
    yield from singles("more", ["SELECT k FROM dims UNION ALL SELECT rank FROM dims ORDER BY 1 NULLS LAST LIMIT 4", "SELECT count(*) FROM (SELECT k, id FROM facts UNION SELECT rank, k FROM dims)", "SELECT k, name FROM dims UNION SELECT k FROM dims", "SELECT flag FROM facts UNION SELECT day FROM facts", "SELECT id FROM facts WHERE id < 3 UNION ALL SELECT 'x'", "SELECT arr FROM nested UNION ALL SELECT st FROM nested", "SELECT u.k, count(*) AS n FROM (SELECT k FROM dims UNION ALL SELECT k FROM facts) u GROUP BY u.k", "SELECT u.k, d.name FROM (SELECT k FROM dims INTERSECT SELECT k FROM facts) u JOIN dims d ON u.k = d.k", "(SELECT id FROM facts ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM facts ORDER BY id DESC LIMIT 2)", "SELECT mp FROM nested UNION SELECT mp FROM nested", "SELECT k AS a FROM dims UNION ALL SELECT rank AS b FROM dims WHERE rank > 4"])


def subqueries():
    correlated = {"count": "SELECT count(*) FROM dims d WHERE d.k = f.k", "sum": "SELECT sum(d.rank) FROM dims d WHERE d.k = f.k", "max": "SELECT max(d.name) FROM dims d WHERE d.k = f.k AND d.rank > 1", "count-column": "SELECT count(d.name) FROM dims d WHERE d.k = f.k", "count-plus": "SELECT count(*) + 1 FROM dims d WHERE d.k = f.k", "coalesce": "SELECT coalesce(sum(d.rank), -1) FROM dims d WHERE d.k = f.k", "expression": "SELECT max(d.rank) FROM dims d WHERE d.k = f.k + 1", "two-keys": "SELECT count(*) FROM dims d WHERE d.k = f.k AND d.rank = f.id", "avg": "SELECT avg(d.rank) FROM dims d WHERE f.k = d.k", "bool": "SELECT count(*) > 0 FROM dims d WHERE d.k = f.k"}
    for name, query in correlated.items():
        yield (f"scalar-{name}-select", f"SELECT f.id, ({query}) AS q FROM facts f")
        yield (f"scalar-{name}-where", f"SELECT f.id FROM facts f WHERE ({query}) IS NOT NULL")
        yield (f"scalar-{name}-compare", f"SELECT f.id FROM facts f WHERE CAST(({query}) AS STRING) > '0'")
        yield (f"scalar-{name}-case", f"SELECT f.id, CASE WHEN f.flag THEN ({query}) END AS q FROM facts f WHERE f.id < 12")
        yield (f"scalar-{name}-aggregate", f"SELECT f.k, ({query}) AS q, count(*) AS n FROM facts f GROUP BY f.k") if name not in ["two-keys"] else (f"scalar-{name}-order", f"SELECT f.id FROM facts f ORDER BY ({query}) DESC, f.id LIMIT 3")
    bodies = {"plain": "SELECT * FROM dims d WHERE d.k = f.k", "filter": "SELECT 1 FROM dims d WHERE d.k = f.k AND d.name IS NOT NULL", "uncorrelated": "SELECT 1 FROM dims WHERE rank > 5", "never": "SELECT 1 FROM nothing", "unequal": "SELECT 1 FROM dims d WHERE d.k > f.k AND d.rank < f.id", "aggregate": "SELECT max(d.rank) FROM dims d WHERE d.k = f.k", "group": "SELECT d.k FROM dims d WHERE d.k = f.k GROUP BY d.k HAVING count(*) > 1", "limit": "SELECT 1 FROM dims d WHERE d.k = f.k LIMIT 1", "nested": "SELECT 1 FROM dims d WHERE d.k = f.k AND EXISTS (SELECT 1 FROM facts g WHERE g.k = d.rank)", "union": "SELECT k FROM dims UNION ALL SELECT rank FROM dims"}
    for name, body in bodies.items():
        for negated in ["", "NOT "]:
            short = f"{'not-' if negated else ''}exists-{name}"
            yield (short, f"SELECT f.id FROM facts f WHERE {negated}EXISTS ({body})")
            yield (f"{short}-or", f"SELECT f.id FROM facts f WHERE f.v > 4 OR {negated}EXISTS ({body})")
            yield (f"{short}-select", f"SELECT f.id, {negated}EXISTS ({body}) AS e FROM facts f")
            yield (f"{short}-and", f"SELECT count(*) FROM facts f WHERE f.flag AND {negated}EXISTS ({body}) AND f.v IS NOT NULL")
    lists = {"null": "SELECT k FROM dims", "not-null": "SELECT k FROM dims WHERE k IS NOT NULL", "empty": "SELECT k FROM nothing", "correlated": "SELECT d.rank FROM dims d WHERE d.k = f.k", "expression": "SELECT k + 1 FROM dims WHERE k IS NOT NULL", "distinct": "SELECT DISTINCT k FROM dims", "long": "SELECT CAST(rank AS BIGINT) FROM dims", "limit": "SELECT rank FROM dims ORDER BY rank NULLS LAST LIMIT 2", "union": "SELECT k FROM dims WHERE k > 1 UNION SELECT rank FROM dims WHERE rank < 3", "group": "SELECT k FROM facts GROUP BY k HAVING count(*) > 5"}
    for (name, body), negated, column in itertools.product(lists.items(), ["", "NOT "], ["f.k", "f.v"]):
        short = f"{'not-' if negated else ''}in-{name}-{column[2:]}"
        yield (short, f"SELECT f.id FROM facts f WHERE {column} {negated}IN ({body})")
        yield (f"{short}-or", f"SELECT f.id FROM facts f WHERE f.id = 2 OR {column} {negated}IN ({body})")
        yield (f"{short}-select", f"SELECT f.id, {column} {negated}IN ({body}) AS q FROM facts f")
    for negated in ["", "NOT "]:
        yield from singles(f"{'not-' if negated else ''}pairs", [f"SELECT f.id FROM facts f WHERE (f.k, f.v) {negated}IN (SELECT k, rank FROM dims)", f"SELECT f.id FROM facts f WHERE (f.k, f.flag) {negated}IN (SELECT k, rank > 1 FROM dims WHERE k IS NOT NULL AND rank IS NOT NULL)", f"SELECT f.id FROM facts f WHERE {negated}(f.k IN (SELECT k FROM dims) AND f.v IN (SELECT rank FROM dims))", f"SELECT f.id FROM facts f WHERE {negated}(f.k IN (SELECT k FROM dims) OR EXISTS (SELECT 1 FROM dims d WHERE d.rank = f.id))"])
    yield from singles("scalar", ["SELECT (SELECT max(v) FROM facts) AS m", "SELECT id FROM facts WHERE v = (SELECT max(v) FROM facts)", "SELECT id, v - (SELECT avg(v) FROM facts) AS d FROM facts", "SELECT (SELECT k FROM nothing) AS m", "SELECT (SELECT k FROM dims) AS m", "SELECT (SELECT k, rank FROM dims) AS m", "SELECT k, sum(v) FROM facts GROUP BY k HAVING sum(v) > (SELECT avg(v) FROM facts)", "SELECT id FROM facts f WHERE v > (SELECT avg(v) FROM facts g WHERE g.k = f.k)", "SELECT f.id, (SELECT d.name FROM dims d WHERE d.k = f.k) FROM facts f", "SELECT f.id, (SELECT d.name FROM dims d WHERE d.rank = f.id) AS q FROM facts f", "SELECT (SELECT count(*) FROM nothing), (SELECT sum(k) FROM nothing)", "SELECT f.id, (SELECT count(*) FROM dims d WHERE d.k < f.k) AS q FROM facts f", "SELECT f.id, (SELECT sum(d.rank) FROM dims d JOIN dims e ON d.k = e.k WHERE d.k = f.k) AS q FROM facts f", "SELECT id FROM facts WHERE k = (SELECT 1) OR v = (SELECT min(v) FROM facts)", "SELECT * FROM dims WHERE rank >= ALL (SELECT rank FROM dims)", "SELECT max((SELECT count(*) FROM dims)) FROM facts", "SELECT f.k, max((SELECT count(*) FROM dims d WHERE d.k = f.k)) AS m FROM facts f GROUP BY f.k"])
    yield from singles("from", ["SELECT t.k FROM (SELECT k FROM dims WHERE rank > 1) t", "SELECT a.k, b.n FROM (SELECT DISTINCT k FROM facts) a LEFT JOIN (SELECT k, count(*) AS n FROM dims GROUP BY k) b ON a.k = b.k", "SELECT s.id, t.m FROM facts s JOIN LATERAL (SELECT max(d.rank) AS m FROM dims d WHERE d.k = s.k) t", "SELECT s.id, t.name FROM facts s, LATERAL (SELECT name FROM dims d WHERE d.k = s.k ORDER BY rank NULLS LAST, name LIMIT 1) t", "SELECT id, y FROM facts, LATERAL (SELECT v * 2 AS y) WHERE id < 5"])


def ctes():
    yield from singles("with", ["WITH a AS (SELECT k FROM dims) SELECT * FROM a", "WITH a AS (SELECT k, count(*) AS n FROM facts GROUP BY k), b AS (SELECT max(n) AS m FROM a) SELECT a.* FROM a JOIN b ON a.n = b.m", "WITH a(x, y) AS (SELECT k, rank FROM dims) SELECT x + y AS s FROM a", "WITH a AS (SELECT id FROM facts WHERE id < 5) SELECT x.id, y.id AS other FROM a x JOIN a y ON x.id = y.id + 1", "WITH a AS (SELECT 1 AS q), b AS (WITH a AS (SELECT 2 AS q) SELECT * FROM a) SELECT * FROM a UNION ALL SELECT * FROM b", "SELECT * FROM (WITH a AS (SELECT k FROM dims) SELECT * FROM a WHERE k > 1)", "WITH facts AS (SELECT 1 AS k) SELECT * FROM facts", "WITH a AS (SELECT k FROM dims) SELECT id FROM facts WHERE k IN (SELECT k FROM a)", "WITH a AS (SELECT k FROM dims), a AS (SELECT 1) SELECT * FROM a", "WITH a(x) AS (SELECT k, rank FROM dims) SELECT * FROM a", "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT * FROM t", "WITH RECURSIVE t(n, f) AS (VALUES (1, 1L) UNION ALL SELECT n + 1, f * (n + 1) FROM t WHERE n < 12) SELECT max(f) FROM t", "WITH a AS (SELECT * FROM nowhere) SELECT 1", "WITH a AS (SELECT k FROM dims UNION ALL SELECT k FROM facts) SELECT k, count(*) AS n FROM a GROUP BY k"])
    yield from singles("values", ["VALUES (1, 'a'), (2, 'b')", "SELECT * FROM VALUES (1, NULL), (2.5, 'x') AS t(a, b)", "SELECT * FROM VALUES 1, 2, NULL", "SELECT a + 1 FROM VALUES (1), (NULL) AS t(a)", "SELECT * FROM (VALUES (1, 2)) AS t(a, b) JOIN VALUES (2, 3) AS u(b, c) USING (b)", "VALUES (1, 2), (3)", "SELECT * FROM VALUES (1, 'a'), ('b', 2)", "SELECT * FROM VALUES (array(1), map('a', 1), struct(1, 'b'))", "SELECT * FROM VALUES (DATE'2024-01-01', TIMESTAMP'2024-01-01 00:00:00', X'00')", "SELECT * FROM VALUES (rand())"])
    yield from singles("range", ["SELECT * FROM range(5)", "SELECT id * 2 AS q FROM range(2, 8, 3)", "SELECT count(*), sum(id) FROM range(0, 1000, 1, 4)", "SELECT * FROM range(5, 0, -2)", "SELECT * FROM range(0)", "SELECT * FROM range(1, 2, 0)", "SELECT a.id, b.id AS other FROM range(3) a JOIN range(2, 5) b ON a.id = b.id", "SELECT * FROM range('x')", "SELECT * FROM range()", "SELECT * FROM nosuchfunction(1)", "SELECT id % 3 AS k, count(*) AS n, sum(id) AS s FROM range(100) GROUP BY 1"])
    yield from singles("select", ["SELECT 1", "SELECT 1 AS a, 'b' AS `c d`, NULL", "SELECT * FROM dims", "SELECT d.*, 1 AS one FROM dims d", "SELECT * EXCEPT (rank) FROM dims", "SELECT dims.k FROM dims WHERE dims.k = 1", "SELECT K, Name FROM DIMS", "SELECT nope FROM dims", "SELECT d.nope FROM dims d", "SELECT * FROM nope", "SELECT k k2 FROM dims", "SELECT 'it''s', \"double\", 'a' 'b', r'\\n', 'tab\\tx'", "SELECT 1Y, 2S, 3L, 1.5F, 2.5D, 1.50BD, 1e3, 1.5e3, .5, 5.", "SELECT DATE'2024-01-01', TIMESTAMP'2024-01-01 10:00:00', X'0aff', TRUE, false, NULL", "SELECT 99999999999, 9999999999999999999999, 0.1 + 0.2, 1 = 1", "SELECT FROM dims", "SELEC 1", "SELECT 1 FROM", "SELECT (1", "SELECT 1 2", "SELECT * FROM dims WHERE", "SELECT k FROM dims GROUP k", "SELECT 99999999999999999999999999999999999999999", "SELECT 200Y", "SELECT DATE'2024-13-01'", "SELECT TIMESTAMP'nope'", "SELECT X'0G'", "SELECT count(*) FROM dims WHERE k = 1 AND k = 2", "SELECT k FROM dims WHERE name", "SELECT k FROM dims LIMIT -1", "SELECT k FROM dims LIMIT k", "SELECT id FROM facts TABLESAMPLE (0 ROWS)", "SELECT count(*) FROM facts TABLESAMPLE (100 PERCENT)", "SELECT count(*) FROM facts TABLESAMPLE (200 PERCENT)", "SELECT count(*) FROM facts TABLESAMPLE (-1 ROWS)", "FROM dims |> WHERE k = 1 |> SELECT name", "FROM facts |> AGGREGATE sum(v) AS s GROUP BY k |> WHERE s > 3", "FROM dims |> EXTEND k + 1 AS q |> DROP name |> ORDER BY k, rank |> LIMIT 3", "FROM dims |> SET rank = 0 |> AS t |> SELECT t.k, t.rank", "FROM dims SELECT k"])


def order():
    for column in ["bo", "ti", "i", "l", "f", "d", "dc", "bd", "s", "b", "dt", "ts", "tn"]:
        for direction, nulls in itertools.product(["", " DESC"], ["", " NULLS FIRST", " NULLS LAST"]):
            yield (f"{column}{direction}{nulls}".lower().replace(" ", "-"), f"SELECT id, {column} FROM types ORDER BY {column}{direction}{nulls}, id")
        yield (f"{column}-limit", f"SELECT id FROM types ORDER BY {column} DESC NULLS LAST, id LIMIT 3 OFFSET 1")
    for limit in ["LIMIT 5", "LIMIT 0", "LIMIT 1000", "LIMIT 5 OFFSET 3", "OFFSET 27", "OFFSET 100", "LIMIT 2 + 1", "LIMIT ALL"]:
        short = limit.lower().replace(" ", "-")
        for name, by in {"id": "id", "desc": "id DESC", "two": "k NULLS LAST, id DESC", "expression": "v * -1, id", "hidden": "p, g, id", "text": "g DESC, id"}.items():
            yield (f"{name}-{short}", f"SELECT id, k FROM facts ORDER BY {by} {limit}")
        yield (f"group-{short}", f"SELECT k, sum(v) AS s FROM facts GROUP BY k ORDER BY s DESC, k {limit}")
        yield (f"join-{short}", f"SELECT f.id, d.name FROM facts f JOIN dims d ON f.k = d.k ORDER BY f.id, d.name {limit}")
        yield (f"distinct-{short}", f"SELECT DISTINCT k FROM facts ORDER BY k {limit}")
        yield (f"count-{short}", f"SELECT count(*) FROM (SELECT id FROM facts {limit})")
    yield from singles("more", ["SELECT k, count(*) FROM facts GROUP BY k ORDER BY count(*) DESC, k", "SELECT k, count(*) FROM facts GROUP BY k ORDER BY max(p), k", "SELECT id AS a FROM facts ORDER BY a DESC LIMIT 2", "SELECT id, v FROM facts ORDER BY 2, 1 LIMIT 4", "SELECT id FROM facts ORDER BY 3", "SELECT DISTINCT k FROM facts ORDER BY v", "SELECT id FROM facts ORDER BY nope", "SELECT id FROM facts ORDER BY mp", "SELECT id FROM nested ORDER BY arr, id", "SELECT id FROM nested ORDER BY st DESC, id", "SELECT id FROM nested ORDER BY mp", "SELECT id FROM facts ORDER BY ALL LIMIT 3", "SELECT id FROM facts ORDER BY sum(v) OVER (ORDER BY id), id LIMIT 4", "SELECT * FROM (SELECT id, k FROM facts ORDER BY id LIMIT 10) ORDER BY id DESC LIMIT 3", "SELECT max(id) FROM (SELECT id FROM facts ORDER BY id LIMIT 7)", "SELECT id FROM facts WHERE flag ORDER BY x DESC, id"])


def generators():
    for generator, columns in [("explode(arr)", "e"), ("explode(words)", "e"), ("explode(mp)", "a, b"), ("explode(recs)", "e"), ("explode(deep)", "e"), ("posexplode(arr)", "p, e"), ("posexplode(mp)", "p, a, b"), ("inline(recs)", "n, m"), ("stack(2, id, id + 1)", "e"), ("explode(array(1, id))", "e"), ("explode(sequence(1, id))", "e"), ("explode(split('a,b,c', ','))", "e")]:
        short = re.sub(r"\W+", "-", generator).strip("-")
        for outer in ["", "OUTER "]:
            yield (f"view-{outer.strip().lower()}{short}", f"SELECT id, {columns} FROM nested LATERAL VIEW {outer}{generator} t AS {columns}")
            yield (f"view-{outer.strip().lower()}{short}-group", f"SELECT id, count(*) AS n FROM nested LATERAL VIEW {outer}{generator} t AS {columns} GROUP BY id")
        yield (f"select-{short}", f"SELECT id, {generator} FROM nested")
        yield (f"lateral-{short}", f"SELECT id, {', '.join('t.' + one.strip() for one in columns.split(','))} FROM nested, LATERAL {generator} AS t({columns})")
    for name in ["explode_outer", "posexplode_outer"]:
        for column in ["arr", "mp", "deep"]:
            yield (f"{name}-{column}", f"SELECT id, {name}({column}) FROM nested")
    yield from singles("more", ["SELECT id, a, b FROM nested LATERAL VIEW explode(arr) x AS a LATERAL VIEW explode(words) y AS b", "SELECT a, count(*) AS n FROM nested LATERAL VIEW explode(arr) x AS a GROUP BY a", "SELECT id, a FROM nested LATERAL VIEW OUTER explode(arr) x AS a WHERE a > 1 OR a IS NULL", "SELECT id, inline_outer(recs) FROM nested", "SELECT explode(arr), explode(words) FROM nested", "SELECT explode(id) FROM nested", "SELECT id FROM nested WHERE explode(arr) = 1", "SELECT explode(arr) + 1 FROM nested", "SELECT * FROM explode(array(1, 2))", "SELECT * FROM stack(2, 1, 'a', 2, 'b')", "SELECT sum(e) FROM (SELECT explode(arr) AS e FROM nested)", "SELECT id, c.e FROM nested LATERAL VIEW explode(deep) d AS f LATERAL VIEW explode(d.f) c AS e", "SELECT id, e, sum(e) OVER (PARTITION BY id) AS s FROM nested LATERAL VIEW explode(arr) t AS e", "SELECT n.id, t.e, d.name FROM nested n LATERAL VIEW explode(arr) t AS e JOIN dims d ON d.k = t.e"])


def pivot():
    for one in ["sum(amount)", "count(*)", "max(amount) AS m", "avg(amount) AS a, count(amount) AS c"]:
        short = re.sub(r"\W+", "-", one).strip("-")
        for name, tail in {"one": "FOR quarter IN (1, 2, 4)", "named": "FOR quarter IN (1 AS q1, 2 AS q2)", "text": "FOR region IN ('north', 'south')", "missing": "FOR quarter IN (9)", "null": "FOR region IN ('north', NULL)", "pair": "FOR (quarter, region) IN ((1, 'north') AS n1, (2, 'south') AS s2)"}.items():
            yield (f"{short}-{name}", f"SELECT * FROM sales PIVOT ({one} {tail})")
            yield (f"{short}-{name}-narrow", f"SELECT * FROM (SELECT year, quarter, region, amount FROM sales WHERE year = 2024) PIVOT ({one} {tail})")
    for nulls in ["", "INCLUDE NULLS", "EXCLUDE NULLS"]:
        yield from singles(f"unpivot-{nulls[:2].lower()}", [f"SELECT * FROM dims UNPIVOT {nulls} (val FOR col IN (k, rank))", f"SELECT * FROM (SELECT id, v, k FROM facts WHERE id < 8) UNPIVOT {nulls} (val FOR col IN (v AS one, k AS two))", f"SELECT * FROM sales UNPIVOT {nulls} ((a, b) FOR col IN ((year, amount) AS x, (quarter, amount) AS y))", f"SELECT col, count(*) AS n FROM facts UNPIVOT {nulls} (val FOR col IN (v, k)) GROUP BY col", f"SELECT id, col, val FROM types UNPIVOT {nulls} (val FOR col IN (ti, i, l, dc))"])
    yield from singles("wrong", ["SELECT * FROM sales PIVOT (amount FOR quarter IN (1))", "SELECT * FROM sales PIVOT (sum(amount) FOR nope IN (1))", "SELECT * FROM sales PIVOT (sum(amount) FOR quarter IN ('x'))", "SELECT * FROM dims UNPIVOT (val FOR col IN (k, name))", "SELECT * FROM dims UNPIVOT (val FOR col IN (nope))", "SELECT * FROM sales PIVOT (sum(amount) FOR quarter IN (year))"])


def times():
    amounts = ["INTERVAL '1' DAY", "INTERVAL '2' MONTH", "INTERVAL '1' YEAR", "INTERVAL '1 02:03:04' DAY TO SECOND", "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL 90 MINUTES", "INTERVAL '-1' HOUR", "INTERVAL 1 WEEK"]
    for column, operator in itertools.product(["dt", "ts", "tn"], ["+", "-"]):
        yield from packed(f"{column}{operator}", [f"{column} {operator} {amount}" for amount in amounts], "FROM types WHERE id <> 4", 4)
    yield from packed("fields", [f"{name}({column})" for name in ["year", "quarter", "month", "day", "dayofweek", "dayofyear", "weekofyear", "hour", "minute", "second", "last_day", "weekday"] for column in ["dt", "ts", "tn"]], "FROM types", 6)
    yield from packed("extract", [f"extract({field} FROM {column})" for field in ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "WEEK", "DOW", "QUARTER"] for column in ["ts", "tn"]], "FROM types", 6)
    yield from packed("trunc", [f"date_trunc('{unit}', {column})" for unit in ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"] for column in ["ts", "tn"]] + [f"trunc(dt, '{unit}')" for unit in ["YEAR", "MM", "WEEK", "Q", "DAY"]], "FROM types WHERE id <> 4", 6)
    yield from packed("functions", ["date_add(dt, 30)", "date_sub(dt, 1)", "add_months(dt, 1)", "add_months(dt, -12)", "datediff(dt, DATE'2000-01-01')", "months_between(dt, DATE'2000-01-31')", "next_day(dt, 'MON')", "date_format(ts, 'yyyy-MM-dd HH:mm:ss.SSS')", "date_format(dt, 'E d MMM yy')", "to_date(CAST(dt AS STRING))", "unix_timestamp(ts)", "unix_date(dt)", "unix_micros(ts)", "to_unix_timestamp(ts)", "from_unixtime(0)", "timestamp_seconds(1)", "timestamp_millis(1500)", "make_date(2024, 2, 29)", "make_timestamp(2024, 1, 2, 3, 4, 5.5)", "dt - DATE'2000-01-01'", "ts - TIMESTAMP'2000-01-01 00:00:00'", "to_timestamp('2024-01-02 03:04:05')", "to_date('02/03/2024', 'dd/MM/yyyy')", "from_utc_timestamp(ts, 'Asia/Tokyo')", "to_utc_timestamp(ts, 'Asia/Tokyo')", "date(ts)", "CAST(ts AS TIMESTAMP_NTZ)", "CAST(tn AS TIMESTAMP)", "timestampadd(DAY, 1, ts)", "timestampdiff(HOUR, tn, TIMESTAMP_NTZ'2024-01-01 00:00:00')", "date_diff(dt, DATE'2024-01-01')", "dayname(dt)", "monthname(dt)", "date_from_unix_date(1)"], "FROM types WHERE id <> 4", 5)
    yield from packed("intervals", ["INTERVAL '1' DAY + INTERVAL '2' HOUR", "INTERVAL '1' DAY * 2.5", "INTERVAL '10' DAY / 4", "-INTERVAL '1' DAY", "INTERVAL '1' DAY > INTERVAL '23' HOUR", "INTERVAL '1 02:03:04.5' DAY TO SECOND", "extract(HOUR FROM INTERVAL '1 02:03:04' DAY TO SECOND)", "CAST(INTERVAL '1' DAY AS STRING)", "CAST(INTERVAL '1-2' YEAR TO MONTH AS STRING)", "make_dt_interval(1, 2, 3, 4.5)", "CAST(INTERVAL '90' MINUTE AS INT)", "abs(INTERVAL '-1' DAY)", "CAST(INTERVAL '1' YEAR + INTERVAL '2' MONTH AS STRING)", "try_divide(INTERVAL '1' DAY, 0)", "CAST('1 00:00:00' AS INTERVAL DAY TO SECOND)"], "", 5)
    yield from singles("aggregates", ["SELECT sum(dt - DATE'2000-01-01') FROM types WHERE id < 3", "SELECT avg(ts - TIMESTAMP'2000-01-01 00:00:00') FROM types WHERE id < 3", "SELECT max(dt - DATE'2000-01-01'), min(dt - DATE'2000-01-01') FROM types", "SELECT k, max(day) - min(day) AS d FROM facts GROUP BY k", "SELECT day, count(*) FROM facts WHERE day > DATE'2024-01-30' GROUP BY day", "SELECT date_trunc('MONTH', day) AS m, sum(v) FROM facts GROUP BY 1", "SELECT day + INTERVAL '1' DAY AS n, max(id) FROM facts GROUP BY day"])
    yield from singles("wrong", ["SELECT INTERVAL '1' DAY / 0", "SELECT INTERVAL '1' DAY + INTERVAL '1' MONTH", "SELECT dt + ts FROM types", "SELECT dt * 2 FROM types", "SELECT make_date(2023, 2, 29)", "SELECT to_date('nope')", "SELECT to_date('2024-01-01', 'bad pattern')", "SELECT INTERVAL '1 25:00:00' DAY TO SECOND", "SELECT date_add(DATE'2024-01-01', '1.2')", "SELECT next_day(DATE'2024-01-01', 'xx')", "SELECT to_timestamp('2024-13-01', 'yyyy-MM-dd')", "SELECT extract(nope FROM ts) FROM types"])


def nested():
    yield from packed("access", ["arr[0]", "words[1]", "st.a", "st.b", "mp['k']", "recs.n", "recs[0].m", "deep[0]", "element_at(arr, 1)", "element_at(mp, 'l')", "try_element_at(arr, 9)", "get(arr, 9)", "mp.k", "st.A"], "FROM nested WHERE id IN (1, 4)", 5)
    yield from singles("bounds", ["SELECT arr[5] FROM nested WHERE id = 1", "SELECT arr[-1] FROM nested WHERE id = 1", "SELECT element_at(arr, 0) FROM nested WHERE id = 1", "SELECT element_at(arr, 9) FROM nested WHERE id = 1", "SELECT mp['nope'] FROM nested WHERE id = 1", "SELECT element_at(mp, 'nope') FROM nested WHERE id = 1", "SELECT st.nope FROM nested", "SELECT arr.x FROM nested", "SELECT id[0] FROM nested", "SELECT arr['a'] FROM nested WHERE id = 1"])
    yield from packed("arrays", ["size(arr)", "array_size(arr)", "cardinality(mp)", "array_contains(arr, 5)", "array_position(arr, 5)", "sort_array(arr)", "sort_array(arr, false)", "array_sort(arr)", "array_distinct(arr)", "array_max(arr)", "array_min(arr)", "reverse(arr)", "slice(arr, 1, 2)", "array_join(words, '-')", "array_join(words, '-', '?')", "array_union(arr, array(9))", "array_intersect(arr, array(1, 5))", "array_except(arr, array(5))", "arrays_overlap(arr, array(5))", "array_remove(arr, 5)", "array_append(arr, 7)", "array_prepend(arr, 7)", "array_compact(arr)", "concat(arr, array(1))", "flatten(deep)", "array_repeat(id, 2)", "arrays_zip(arr, words)", "array_insert(arr, 1, 0)", "shuffle(array(1))", "sequence(1, 5, 2)"], "FROM nested", 5)
    yield from packed("higher", ["transform(arr, x -> x + 1)", "transform(arr, (x, i) -> i)", "filter(arr, x -> x > 1)", "exists(arr, x -> x = 5)", "forall(arr, x -> x > 0)", "aggregate(arr, 0, (a, x) -> a + coalesce(x, 0))", "zip_with(arr, arr, (x, y) -> x * y)", "transform(words, x -> upper(x))", "map_filter(mp, (k, v) -> v > 1)", "transform_values(mp, (k, v) -> v + 1)", "transform_keys(mp, (k, v) -> upper(k))", "transform(recs, r -> r.n)", "transform(deep, x -> size(x))", "filter(recs, r -> r.m IS NOT NULL)", "reduce(arr, 1, (a, x) -> a * coalesce(x, 1), a -> a * 10)"], "FROM nested", 5)
    yield from packed("maps", ["map_keys(mp)", "map_values(mp)", "map_entries(mp)", "map_contains_key(mp, 'k')", "size(mp)", "map('a', 1, 'b', NULL)", "map_from_arrays(array('x'), array(1))", "map_from_entries(array(struct('a', 1)))", "map_concat(mp, map('q', 9))", "str_to_map('a:1,b:2')"], "FROM nested", 5)
    yield from packed("structs", ["struct(id, 'x')", "named_struct('a', id, 'b', arr)", "struct(st.*)", "st", "array(st, st)", "to_json(st)", "to_json(arr)", "to_json(mp)", "to_json(recs)", "from_json('{\"a\": 1, \"b\": \"z\"}', 'a INT, b STRING')", "get_json_object('{\"a\": {\"b\": 7}}', '$.a.b')", "schema_of_json('{\"a\": 1}')"], "FROM nested", 4)
    yield from singles("queries", ["SELECT st.a, count(*) AS n FROM nested GROUP BY st.a", "SELECT arr, count(*) AS n FROM nested GROUP BY arr", "SELECT st, max(id) AS m FROM nested GROUP BY st", "SELECT DISTINCT st FROM nested", "SELECT DISTINCT mp FROM nested", "SELECT mp, count(*) AS n FROM nested GROUP BY mp", "SELECT a.id, b.id AS bid FROM nested a JOIN nested b ON a.arr = b.arr", "SELECT a.id, b.id AS bid FROM nested a JOIN nested b ON a.st = b.st", "SELECT a.id, b.id AS bid FROM nested a JOIN nested b ON a.mp = b.mp", "SELECT id FROM nested WHERE st.a > 0", "SELECT max(st), min(arr) FROM nested", "SELECT collect_list(st) FROM (SELECT * FROM nested WHERE id = 1)", "SELECT map('a', 1, 'a', 2)", "SELECT map(NULL, 1)", "SELECT array(1, 'a')", "SELECT array(1, 2.5, NULL)", "SELECT array()", "SELECT struct(1 AS a, 2 AS a).a", "SELECT sequence(1, 5, 0)", "SELECT sequence(1, 5, -1)"])


def strings():
    one = ["upper(s)", "lower(s)", "length(s)", "trim(s)", "ltrim(s)", "rtrim(s)", "reverse(s)", "initcap(s)", "ascii(s)", "char_length(s)", "octet_length(s)", "bit_length(s)", "md5(s)", "sha1(s)", "sha2(s, 256)", "crc32(s)", "hex(s)", "base64(b)", "unhex('4142')", "soundex(s)", "hash(s)", "xxhash64(s)", "hash(i, s, d)", "xxhash64(l, dt)", "substring(s, 2)", "substring(s, 2, 2)", "substring(s, -2)", "substring(s, 0, 2)", "left(s, 2)", "right(s, 2)", "lpad(s, 6, '*')", "rpad(s, 6, '*')", "lpad(s, 1, '*')", "repeat(s, 2)", "replace(s, 'b', 'XX')", "translate(s, 'abc', '12')", "instr(s, 'b')", "locate('b', s)", "position('c' IN s)", "concat(s, '-', i)", "s || '!'", "concat_ws(',', s, 'x', NULL)", "split(s, '')", "split(s, 'b')", "split_part('a,b,c', ',', 2)", "regexp_replace(s, '[a-z]', '#')", "regexp_extract(s, '([a-z])([a-z])', 2)", "regexp_like(s, 'b')", "regexp_count(s, '[a-z]')", "startswith(s, 'a')", "endswith(s, 'c')", "contains(s, 'b')", "format_string('%s-%d', s, i)", "format_number(d, 2)", "levenshtein(s, 'abd')", "encode(s, 'UTF-8')", "decode(b, 'UTF-8')", "overlay(s PLACING 'ZZ' FROM 2)", "space(2)", "elt(1, s, 'x')", "find_in_set('b', 'a,b')", "substring_index('a.b.c', '.', 2)", "nvl(s, 'none')", "length(b)", "hex(b)", "hex(l)", "bin(i)", "conv('ff', 16, 10)", "char(65)", "url_encode(s)", "to_number('12', '99')", "typeof(s)", "quote(s)", "is_valid_utf8(s)", "luhn_check('79927398713')", "btrim(s)", "btrim(s, 'ac')", "mask(s)"]
    yield from packed("one", one, "FROM types", 5)
    math = ["sqrt(abs(d))", "exp(1)", "ln(abs(i) + 1)", "log10(100)", "log2(8)", "log(2, 8)", "pow(i, 2)", "cbrt(d)", "sin(d)", "cos(d)", "tan(f)", "asin(0.5)", "acos(0.5)", "atan(d)", "atan2(1, d)", "sinh(0.5)", "degrees(d)", "radians(d)", "hypot(3, 4)", "factorial(5)", "rint(d)", "signum(d)", "expm1(0.1)", "log1p(0.1)", "pi()", "e()", "width_bucket(d, 0, 10, 5)", "round(dc, -1)", "round(dc, 1)", "bround(dc, 1)", "ceil(dc, 1)", "floor(bd)", "round(d, 2)", "round(i, -2)", "shiftleft(i, 2)", "shiftright(l, 1)", "shiftrightunsigned(i, 1)", "bit_count(l)", "getbit(l, 0)", "isnan(d)", "nanvl(d, 0)", "greatest(d, 0)", "least(d, 0)"]
    yield from packed("math", math, "FROM types WHERE id NOT IN (3, 4)", 5)
    yield from singles("wrong", ["SELECT upper()", "SELECT upper(1, 2)", "SELECT length(1)", "SELECT substring('abc')", "SELECT repeat('a', 'b')", "SELECT nosuch('a')", "SELECT sha2('a')", "SELECT split_part('a', 'b', 0)", "SELECT regexp_replace('a', '(', 'b')", "SELECT elt(5, 'a')", "SELECT unhex('GG')", "SELECT decode(X'ff', 'nope')", "SELECT conv('z', 99, 10)", "SELECT raise_error('boom')", "SELECT assert_true(false)", "SELECT factorial(50)", "SELECT sqrt(-1), ln(0), ln(-1)", "SELECT chr(-1), chr(300)"])


FILES = {"arithmetic": arithmetic, "comparison": comparison, "cast": cast, "logic": logic, "joins": joins, "aggregates": aggregates, "grouping": grouping, "windows": windows, "sets": sets, "subqueries": subqueries, "ctes": ctes, "order": order, "generators": generators, "pivot": pivot, "times": times, "nested": nested, "strings": strings}


def number(value):
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value).removesuffix(".0")


def cell(value, inner=False):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if inner:
            return json.dumps(value, ensure_ascii=False)
        escaped = value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
        return escaped if value else "(empty)"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (bytes, bytearray)):
        return f"0x{bytes(value).hex()}"
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
        return f"{text}.{value.microsecond:06d}".rstrip("0") if value.microsecond else text
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return str(value // datetime.timedelta(microseconds=1))
    if isinstance(value, Row):
        return f"({','.join(cell(item, True) for item in value)})"
    if isinstance(value, list):
        return f"[{','.join(cell(item, True) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{cell(key, True)}:{cell(item, True)}" for key, item in value.items()) + "}"
    raise TypeError(type(value))


def condition_of(error):
    ask = getattr(error, "getCondition", None)
    condition = ask() if ask else None
    if condition:
        return condition
    found = CONDITION.search(str(error))
    return found.group(1) if found else "none"


LETTERS = {"boolean": "T", "tinyint": "I", "smallint": "I", "int": "I", "bigint": "I", "float": "R", "double": "R"}
ORDERED = re.compile(r"ORDER BY(?![^(]*\))[^()]*(\([^()]*\)[^()]*)*$")


def ask(spark, sql):
    frame = spark.sql(sql)
    types = [field.dataType.simpleString() for field in frame.schema.fields]
    rows = [[cell(value) for value in row] for row in frame.collect()]
    return types, rows


def record(label, sql, answer):
    types, rows = answer
    ordered = ORDERED.search(sql) is not None
    letters = "".join("R" if one.startswith("decimal") else LETTERS.get(one, "T") for one in types)
    lines = ["\t".join(row) for row in (rows if ordered else sorted(rows))]
    return "\n".join([f"# types {'; '.join(types)}", f"query {letters} {'nosort' if ordered else 'rowsort'} {label}", sql, "----", *lines, "", ""])


def refusal(label, sql, error):
    return "\n".join([f"statement error {condition_of(error)} {label}", sql, "", ""])


def query_of(case):
    if len(case) == 2:
        return case[1]
    named = ", ".join(f"{one} AS c{at}" for at, one in enumerate(case[1]))
    return f"SELECT {named} {case[2]}".strip()


def records(spark, case):
    label, *rest = case
    label = label.replace(" ", "")
    sql = query_of(case)
    try:
        yield record(label, sql, ask(spark, sql))
    except Exception as error:  # noqa: BLE001 - every kind of failure is an answer
        if len(rest) == 2 and len(rest[0]) > 1:
            for at, one in enumerate(rest[0]):
                yield from records(spark, (f"{label}.{at}", [one], rest[1]))
        else:
            yield refusal(label, sql, error)


def spark_session():
    builder = SparkSession.builder.master("local[1]")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "America/Los_Angeles",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.crossJoin.enabled": "true",
        "spark.sql.warehouse.dir": "/tmp/bellows-expected-warehouse",
        "spark.log.level": "OFF",
        "spark.driver.host": "127.0.0.1",
        # Queries of milliseconds: a better compiler costs more than it saves.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def known_records(path):
    """Records by label and query, as an earlier run wrote them."""
    known = {}
    for text in path.read_text().split("\n\n") if path.exists() else []:
        lines = text.lstrip("\n").split("\n")
        if lines[0].startswith("statement error ") and len(lines) > 1:
            known[lines[0].split(" ")[3], lines[1]] = "\n".join(lines) + "\n\n"
        elif lines[0].startswith("# types") and "----" in lines:
            known[lines[1].split(" ")[-1], lines[2]] = "\n".join(lines) + "\n\n"
    return known


def kept(known, case):
    """The records of a case, of one or of its parts; none where it has not been asked yet."""
    parts = [case]
    if len(case) == 3:
        parts = [(f"{case[0]}.{at}", [one], case[2]) for at, one in enumerate(case[1])]
    for cases in [[case], parts]:
        found = [known.get((one[0].replace(" ", ""), query_of(one))) for one in cases]
        if all(found):
            return found
    return []


def spread(cases, most):
    step = max(1.0, len(cases) / most)
    return {int(at * step) for at in range(min(most, len(cases)))}


def write_file(spark, name, most):
    path = HERE / "sql" / f"{name}.slt"
    known = known_records(path)
    cases = list(FILES[name]())
    assert len({case[0] for case in cases}) == len(cases), name
    texts = [kept(known, case) for case in cases]
    missing = [at for at, text in enumerate(texts) if not text]
    chosen = spread(missing, most or len(missing)) if missing else set()
    for number, at in enumerate(missing):
        if number in chosen:
            texts[at] = list(records(spark, cases[at]))
            if number % 20 == 0:
                path.write_text("".join(itertools.chain(*texts)))
    path.write_text("".join(itertools.chain(*texts)))


def main():
    arguments = sys.argv[1:]
    most = int(arguments[arguments.index("--most") + 1]) if "--most" in arguments else None
    wanted = [one for one in arguments if one in FILES] or list(FILES)
    spark = spark_session()
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["node", str(HERE / "write-tables.ts"), directory], check=True)
        for name in TABLES:
            # Rows that the session holds itself, not files: no job to read them, query after query.
            files = spark.read.parquet(f"{directory}/{name}")._jdf
            held = spark._jsparkSession.createDataFrame(files.collectAsList(), files.schema())
            DataFrame(held, spark).createOrReplaceTempView(name)
        for name in wanted:
            begin = time.time()
            write_file(spark, name, most)
            print(name, f"{time.time() - begin:.0f} s", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
