"""The programs of bench/rdd.ts in PySpark, on local[2]: python rdd-pyspark.py DIRECTORY RUNS. Prints a line of JSON."""
import json
import sys
import time

from pyspark import SparkConf, SparkContext

directory, runs = sys.argv[1], int(sys.argv[2])
conf = SparkConf().setMaster("local[2]").setAppName("rdd").set("spark.ui.enabled", "false").set("spark.driver.memory", "2g")
sc = SparkContext(conf=conf)
sc.setLogLevel("ERROR")


def word_count():
    lines = sc.textFile(f"{directory}/words.txt", 4)
    counts = lines.flatMap(lambda line: line.split(" ")).map(lambda word: (word, 1)).reduceByKey(lambda a, b: a + b)
    return counts.map(lambda pair: pair[1]).sum(), counts.count()


def sort():
    numbers = sc.textFile(f"{directory}/numbers.txt", 4).map(float)
    ordered = numbers.sortBy(lambda x: x, True, 4)
    return ordered.mapPartitions(lambda values: [sum(1 for _ in values)]).collect()


def page_rank():
    edges = sc.textFile(f"{directory}/edges.txt", 4).map(lambda line: tuple(line.split(" ")))
    links = edges.distinct(4).groupByKey(4).cache()
    ranks = links.mapValues(lambda _: 1.0)
    for _ in range(5):
        contributions = links.join(ranks, 4).flatMap(
            lambda pair: [(to, pair[1][1] / len(pair[1][0])) for to in pair[1][0]]
        )
        ranks = contributions.reduceByKey(lambda a, b: a + b, 4).mapValues(lambda rank: rank * 0.85 + 0.15)
    total = ranks.map(lambda pair: pair[1]).sum()
    links.unpersist()
    return round(total, 3), ranks.count()


times = {}
answers = {}
for name, work in [("wordCount", word_count), ("sort", sort), ("pageRank", page_rank)]:
    times[name] = []
    for _ in range(runs):
        start = time.perf_counter()
        answers[name] = work()
        times[name].append((time.perf_counter() - start) * 1000)
print(json.dumps({"times": times, "answers": answers}))
