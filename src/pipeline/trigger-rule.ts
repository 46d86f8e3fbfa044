import { TRIGGER_RULES as OFFERED_RULES } from '../api/pipeline.ts'
import type { FinalTaskState } from './task-state.ts'

/** Source: Airflow, ti_deps/deps/trigger_rule_dep.py; where its documentation differs, its code is followed. */
export const TRIGGER_RULES = [...OFFERED_RULES, 'all_done_setup_success'] as const

export type TriggerRule = (typeof TRIGGER_RULES)[number]

/** How the direct upstream tasks of one task stand. */
export interface UpstreamCounts {
  readonly total: number
  readonly success: number
  readonly skipped: number
  readonly failed: number
  readonly upstreamFailed: number
  /** The setup tasks among them; only `all_done_setup_success` asks. */
  readonly setups: number
  readonly setupSuccess: number
  readonly setupSkipped: number
}

/** What a rule says now. 'wait' may become anything; the others are acted on at once. */
export type Verdict = 'wait' | 'run' | Extract<FinalTaskState, 'skipped' | 'upstream_failed'>

const runIf = (met: boolean): Verdict => (met ? 'run' : 'wait')

/** A task without upstream tasks runs, whatever its rule: Airflow passes the check before it looks at the rule. */
export const evaluate = (rule: TriggerRule, counts: UpstreamCounts): Verdict => {
  const { total, success, skipped, failed, upstreamFailed } = counts
  if (total === 0) return 'run'
  const bad = failed + upstreamFailed
  const done = success + skipped + bad
  const allDone = done >= total
  switch (rule) {
    case 'always':
      return 'run'
    case 'all_success':
      if (bad > 0) return 'upstream_failed'
      return skipped > 0 ? 'skipped' : runIf(success === total)
    case 'all_failed':
      return success > 0 || skipped > 0 ? 'skipped' : runIf(bad === total)
    case 'all_done':
      return runIf(allDone)
    case 'all_done_min_one_success':
      if (skipped > 0) return 'skipped'
      return allDone && success === 0 ? 'upstream_failed' : runIf(allDone)
    case 'all_done_setup_success':
      if (!allDone) return 'wait'
      if (counts.setups === 0 || counts.setupSuccess > 0) return 'run'
      return counts.setupSkipped >= counts.setups ? 'skipped' : 'upstream_failed'
    case 'all_skipped':
      return success > 0 || bad > 0 ? 'skipped' : runIf(skipped === total)
    case 'one_failed':
      if (bad > 0) return 'run'
      return allDone ? 'skipped' : 'wait'
    case 'one_success':
      if (success > 0) return 'run'
      if (!allDone) return 'wait'
      return skipped === total ? 'skipped' : 'upstream_failed'
    case 'one_done':
      if (success + failed > 0) return 'run'
      return allDone ? 'skipped' : 'wait'
    case 'none_failed':
      return bad > 0 ? 'upstream_failed' : runIf(success + skipped === total)
    case 'none_failed_min_one_success':
      if (bad > 0) return 'upstream_failed'
      return skipped === total ? 'skipped' : runIf(success + skipped === total)
    case 'none_skipped':
      return skipped > 0 ? 'skipped' : runIf(allDone)
  }
}
