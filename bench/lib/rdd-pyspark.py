"""The programs of rdd-programs.ts in PySpark, on local[2]. Reads lines of JSON [program, directory], answers each with one."""
import json
import sys
import time

from pyspark import SparkConf, SparkContext

conf = SparkConf().setMaster("local[2]").setAppName("rdd")
conf.set("spark.ui.enabled", "false").set("spark.driver.memory", "2g")
sc = SparkContext(conf=conf)
sc.setLogLevel("ERROR")


def count_words(directory):
    words = sc.textFile(f"{directory}/words.txt", 4).flatMap(lambda line: line.split(" "))
    return words.map(lambda word: (word, 1)).reduceByKey(lambda one, other: one + other)


def word_count(directory):
    counts = count_words(directory)
    return [counts.map(lambda pair: pair[1]).sum(), counts.count()]


def word_count_check(directory):
    return count_words(directory).takeOrdered(50, lambda pair: (-pair[1], pair[0]))


def sorted_numbers(directory):
    return sc.textFile(f"{directory}/numbers.txt", 4).map(float).sortBy(lambda value: value, True, 4)


def sort(directory):
    return sum(sorted_numbers(directory).mapPartitions(lambda values: [sum(1 for _ in values)]).collect())


def sort_check(directory):
    every = sorted_numbers(directory).zipWithIndex().filter(lambda pair: pair[1] % 50_000 == 0)
    return every.keys().collect()


def ranked(directory):
    edges = sc.textFile(f"{directory}/edges.txt", 4).map(lambda line: tuple(line.split(" ")))
    links = edges.distinct(4).groupByKey(4).cache()
    ranks = links.mapValues(lambda _: 1.0)
    for _ in range(5):
        contributions = links.join(ranks, 4).flatMap(
            lambda pair: [(to, pair[1][1] / len(pair[1][0])) for to in pair[1][0]]
        )
        ranks = contributions.reduceByKey(lambda one, other: one + other, 4).mapValues(lambda rank: rank * 0.85 + 0.15)
    return links, ranks


def page_rank(directory):
    links, ranks = ranked(directory)
    answer = [ranks.map(lambda pair: pair[1]).sum(), ranks.count()]
    links.unpersist()
    return answer


def page_rank_check(directory):
    links, ranks = ranked(directory)
    answer = ranks.takeOrdered(50, lambda pair: -pair[1])
    links.unpersist()
    return answer


PROGRAMS = {
    "wordCount": word_count,
    "wordCountCheck": word_count_check,
    "sort": sort,
    "sortCheck": sort_check,
    "pageRank": page_rank,
    "pageRankCheck": page_rank_check,
}
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    program, directory = json.loads(line)
    start = time.perf_counter()
    answer = PROGRAMS[program](directory)
    print(json.dumps({"ms": (time.perf_counter() - start) * 1000, "answer": answer}), flush=True)
