import { sourceBytes } from '../sources/file-source.ts'
import type { Plan, Stage } from './stage.ts'

const size = (bytes: number): string =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`

const describe = (stage: Stage, number: ReadonlyMap<Stage, number>): readonly string[] => {
  const lines: string[] = []
  const tasks = stage.kind === 'local' ? 0 : (stage.split?.parts.length ?? 1)
  const head = stage.kind === 'local' ? 'in the driver' : `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`
  lines.push(`Stage ${number.get(stage)}: ${head}, ${stage.doing}`)
  if (stage.split !== undefined) {
    const { source } = stage.split
    lines.push(
      `  split: ${source.label} (${source.files.length} ${source.files.length === 1 ? 'file' : 'files'}, ${size(sourceBytes(source))})`,
    )
  }
  if (stage.why !== undefined)
    lines.push(`  not ${stage.kind === 'split' ? 'split further' : 'distributed'}: ${stage.why}`)
  for (const relation of stage.task?.reads.values() ?? []) {
    if (relation.kind === 'source')
      lines.push(`  read by each task: ${relation.source.label} (${size(sourceBytes(relation.source))})`)
    else if (relation.kind === 'rows') lines.push('  sent to each task: rows of the program')
    else lines.push(`  sent to each task: the result of stage ${number.get(relation.stage)}`)
  }
  if (stage.task !== undefined) lines.push(`  task: ${stage.task.sql}`)
  for (const relation of stage.final?.reads.values() ?? []) {
    if (relation.kind === 'stage') lines.push(`  reads: the result of stage ${number.get(relation.stage)}`)
  }
  if (stage.final !== undefined) lines.push(`  driver: ${stage.final.sql}`)
  return lines
}

/** The stages of a plan for people: what is split, what every task reads, and what could not be distributed and why. */
export const explainPlan = (plan: Plan): string => {
  const number = new Map(plan.stages.map((stage, index) => [stage, index]))
  const stages = plan.stages.flatMap((stage) => describe(stage, number))
  const columns = plan.columns.map(({ name, type }) => `${name} ${type}`).join(', ')
  return `== Physical Plan ==\n${stages.join('\n')}\n== Result ==\n${columns}\n`
}
