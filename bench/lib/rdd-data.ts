import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

const randomNumbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const writeLines = async (path: string, count: number, line: () => string): Promise<void> => {
  const out = createWriteStream(path)
  for (let written = 0; written < count; ) {
    const lines: string[] = []
    for (; written < count && lines.length < 10_000; written++) lines.push(line())
    if (!out.write(`${lines.join('\n')}\n`)) await new Promise((resolve) => out.once('drain', resolve))
  }
  await new Promise<void>((resolve) => out.end(resolve))
}

/** Inputs of the RDD programs, the same for equal `scale`; 1 is 5 million words, 2 million numbers, 400,000 edges. */
export const writeRddData = async (directory: string, scale: number): Promise<void> => {
  await mkdir(directory, { recursive: true })
  const random = randomNumbers(7)
  // Words as in a text: few are frequent, most are rare.
  const word = (): string => `word${Math.floor(50_000 * random() ** 4)}`
  await writeLines(join(directory, 'words.txt'), 500_000 * scale, () => Array.from({ length: 10 }, word).join(' '))
  await writeLines(join(directory, 'numbers.txt'), 2_000_000 * scale, () => String(random() * 1e6))
  const nodes = 60_000 * scale
  const node = (): string => String(Math.floor(nodes * random() ** 2))
  await writeLines(join(directory, 'edges.txt'), 400_000 * scale, () => `${node()} ${node()}`)
}
