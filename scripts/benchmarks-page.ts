/** Writes the tables of docs/benchmarks.md from the results that are committed: node scripts/benchmarks-page.ts */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, met } from '../bench/lib/figure.ts'

interface Result {
  readonly benchmark: string
  readonly takenAt: string
  readonly machine: { readonly cpus: number; readonly model: string; readonly memoryGiB: number; readonly node: string }
  readonly notes: readonly string[]
  readonly figures: readonly Figure[]
}

const root = join(import.meta.dirname, '..')
const folder = join(root, 'bench/results')
const page = join(root, 'docs/benchmarks.md')
const MARK = '<!-- figures: made by scripts/benchmarks-page.ts from bench/results -->'

const row = (figure: Figure): string => {
  const bar = figure.bar === undefined ? '—' : `${figure.bar.kind === 'atMost' ? '≤' : '≥'} ${figure.bar.value}`
  const verdict = met(figure)
  return `| \`${figure.name}\` | ${figure.value} | ${figure.unit} | ${bar} | ${verdict === undefined ? '' : verdict ? 'met' : '**missed**'} |`
}

const section = ({ benchmark, takenAt, machine, notes, figures }: Result): string =>
  [
    `### ${benchmark}`,
    '',
    `\`npm run bench:${benchmark.replace(/-sf.*/, '')}\`, ${takenAt.slice(0, 10)}, ${machine.cpus} CPUs (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}. ${notes.join('; ')}.`,
    '',
    '| figure | value | unit | bar | |',
    '|---|---|---|---|---|',
    ...figures.map(row),
    '',
  ].join('\n')

const results = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Result)
const text = readFileSync(page, 'utf8')
const head = text.slice(0, text.indexOf(MARK) + MARK.length)
writeFileSync(page, `${head}\n\n${results.map(section).join('\n')}`)
