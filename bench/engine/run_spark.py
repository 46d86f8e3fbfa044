"""Runs TPC-H on Apache Spark; prints {"start": seconds, "queries": [[seconds, …], …]} as its last line.

usage: run_spark.py MASTER DIRECTORY QUERIES.json ROUNDS
"""
import json
import sys
import time

began = time.time()
master, directory, queries_file, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
from pyspark.sql import SparkSession  # noqa: E402

spark = (
    SparkSession.builder.master(master)
    .config("spark.driver.memory", "6g")
    .config("spark.executor.memory", "3g")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.ui.enabled", "false")
    .config("spark.log.level", "ERROR")
    .getOrCreate()
)
start = time.time() - began
for table in ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]:
    spark.read.parquet(f"{directory}/{table}.parquet").createOrReplaceTempView(table)
times = []
for query in json.load(open(queries_file)):
    taken = []
    for _ in range(rounds):
        at = time.time()
        spark.sql(query).collect()
        taken.append(time.time() - at)
    times.append(taken)
spark.stop()
print(json.dumps({"start": start, "queries": times}))
