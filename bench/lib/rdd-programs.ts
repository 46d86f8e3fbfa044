import { join } from 'node:path'
import type { RDD, SparkContext } from '../../src/engine/index.ts'

type Program = (sc: SparkContext, directory: string) => Promise<unknown>

const countWords = (sc: SparkContext, directory: string): RDD<[string, number]> =>
  sc
    .textFile(join(directory, 'words.txt'), 4)
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
    .reduceByKey((one, other) => one + other)

const sortedNumbers = (sc: SparkContext, directory: string): RDD<number> =>
  sc
    .textFile(join(directory, 'numbers.txt'), 4)
    .map(Number)
    .sortBy((value) => value, true, 4)

interface Ranked {
  readonly links: RDD<[string, string[]]>
  readonly ranks: RDD<[string, number]>
}

const ranked = (sc: SparkContext, directory: string): Ranked => {
  const edges = sc.textFile(join(directory, 'edges.txt'), 4).map((line) => line.split(' ') as [string, string])
  const links = edges.distinct(4).groupByKey(4).cache()
  let ranks = links.mapValues(() => 1)
  for (let i = 0; i < 5; i++) {
    const contributions = links.join(ranks, 4).flatMap(([, [targets, rank]]) => {
      const share = rank / targets.length
      return targets.map((target): [string, number] => [target, share])
    })
    ranks = contributions.reduceByKey((one, other) => one + other, 4).mapValues((rank) => rank * 0.85 + 0.15)
  }
  return { links, ranks }
}

/** By name; what ends in `Check` shows details of the same result, so that two engines can be compared. */
export const rddPrograms: Readonly<Record<string, Program>> = {
  wordCount: async (sc, directory) => {
    const counts = countWords(sc, directory)
    return [await counts.map((pair) => pair[1]).sum(), await counts.count()]
  },
  wordCountCheck: (sc, directory) =>
    countWords(sc, directory).takeOrdered(50, (a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
  sort: async (sc, directory) => {
    const ordered = sortedNumbers(sc, directory)
    const counts = await ordered.mapPartitions((values) => [values.reduce((count) => count + 1, 0)]).collect()
    return counts.reduce((sum, count) => sum + count, 0)
  },
  sortCheck: (sc, directory) =>
    sortedNumbers(sc, directory)
      .zipWithIndex()
      .filter((pair) => pair[1] % 50_000 === 0)
      .keys()
      .collect(),
  pageRank: async (sc, directory) => {
    const { links, ranks } = ranked(sc, directory)
    const answer = [await ranks.map((pair) => pair[1]).sum(), await ranks.count()]
    await links.unpersist()
    return answer
  },
  pageRankCheck: async (sc, directory) => {
    const { links, ranks } = ranked(sc, directory)
    const answer = await ranks.takeOrdered(50, (a, b) => b[1] - a[1])
    await links.unpersist()
    return answer
  },
}
