"""Prints the TPC-H queries, and the reference answers where the scale factor has them, as JSON."""
import glob
import json
import os
import sys

import duckdb
import duckdb_extension_tpch

scale = float(sys.argv[1])
root = os.path.dirname(duckdb_extension_tpch.__file__)
(extension,) = glob.glob(f"{root}/extensions/v{duckdb.__version__}/*.duckdb_extension")
connection = duckdb.connect()
connection.execute(f"LOAD '{extension}'")
queries = [row[1] for row in connection.execute("FROM tpch_queries() ORDER BY query_nr").fetchall()]
answers = [
    row[0]
    for row in connection.execute(
        "SELECT answer FROM tpch_answers() WHERE scale_factor = ? ORDER BY query_nr", [scale]
    ).fetchall()
]
json.dump({"queries": queries, "answers": answers or None}, sys.stdout)
