"""Runs TPC-H on Sail through its Spark Connect server; prints the same line as run_spark.py.

usage: run_sail.py local|local-cluster DIRECTORY QUERIES.json ROUNDS
"""
import json
import os
import sys
import time

began = time.time()
mode, directory, queries_file, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
os.environ["SAIL_MODE"] = mode
if mode != "local":
    os.environ["SAIL_CLUSTER__WORKER_INITIAL_COUNT"] = "2"
    os.environ["SAIL_CLUSTER__WORKER_MAX_COUNT"] = "2"
    os.environ["SAIL_CLUSTER__WORKER_TASK_SLOTS"] = "8"
    os.environ["SAIL_EXECUTION__DEFAULT_PARALLELISM"] = "2"
from pysail.spark import SparkConnectServer  # noqa: E402

server = SparkConnectServer()
server.start()
_, port = server.listening_address
from pyspark.sql import SparkSession  # noqa: E402

spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
start = time.time() - began
for table in ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]:
    spark.read.parquet(f"{directory}/{table}.parquet").createOrReplaceTempView(table)
times = []
for query in json.load(open(queries_file)):
    taken = []
    for _ in range(rounds):
        at = time.time()
        spark.sql(query).toArrow()
        taken.append(time.time() - at)
    times.append(taken)
print(json.dumps({"start": start, "queries": times}))
os._exit(0)
