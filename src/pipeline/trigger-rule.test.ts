import { describe, expect, it } from 'vitest'
import { evaluate, TRIGGER_RULES, type TriggerRule, type UpstreamCounts, type Verdict } from './trigger-rule.ts'

/** One upstream task: not ended, or how it ended; capital: a setup task. */
type Upstream = '.' | 's' | 'k' | 'f' | 'u' | 'S' | 'K' | 'F'

const countsOf = (upstream: string): UpstreamCounts => {
  const count = (letters: string) => [...upstream].filter((each) => letters.includes(each)).length
  return {
    total: upstream.length,
    success: count('sS'),
    skipped: count('kK'),
    failed: count('fF'),
    upstreamFailed: count('u'),
    setups: count('SKF'),
    setupSuccess: count('S'),
    setupSkipped: count('K'),
  }
}

const verdict = (rule: TriggerRule, upstream: string): Verdict => evaluate(rule, countsOf(upstream))

/** Rule → upstream states → verdict, a line a case that somebody could get wrong. */
const TABLE: Readonly<Record<TriggerRule, Readonly<Record<string, Verdict>>>> = {
  all_success: {
    ss: 'run',
    's.': 'wait',
    'f.': 'upstream_failed',
    'k.': 'skipped',
    fk: 'upstream_failed',
    u: 'upstream_failed',
  },
  all_failed: { ff: 'run', fu: 'run', 'f.': 'wait', 's.': 'skipped', 'k.': 'skipped', fs: 'skipped' },
  all_done: { skfu: 'run', 'sss.': 'wait', u: 'run' },
  all_done_min_one_success: {
    sf: 'run',
    's.': 'wait',
    'k.': 'skipped',
    sk: 'skipped',
    ff: 'upstream_failed',
    fu: 'upstream_failed',
  },
  all_done_setup_success: {
    Sf: 'run',
    'S.': 'wait',
    K: 'skipped',
    F: 'upstream_failed',
    KF: 'upstream_failed',
    FS: 'run',
    f: 'run',
  },
  all_skipped: { kk: 'run', 'k.': 'wait', 's.': 'skipped', 'f.': 'skipped', uk: 'skipped' },
  one_failed: { 'f.': 'run', 'u.': 'run', 's.': 'wait', ss: 'skipped', sk: 'skipped' },
  one_success: {
    's.': 'run',
    'f.': 'wait',
    kk: 'skipped',
    ff: 'upstream_failed',
    fk: 'upstream_failed',
    uu: 'upstream_failed',
  },
  one_done: { 's.': 'run', 'f.': 'run', 'k.': 'wait', 'u.': 'wait', ku: 'skipped' },
  none_failed: { sk: 'run', kk: 'run', 's.': 'wait', 'f.': 'upstream_failed', 'u.': 'upstream_failed' },
  none_failed_min_one_success: { sk: 'run', kk: 'skipped', 'k.': 'wait', 'f.': 'upstream_failed' },
  none_skipped: { sf: 'run', 's.': 'wait', 'k.': 'skipped', uf: 'run' },
  always: { '.': 'run', 'f.': 'run' },
}

/** The rules said once more, as predicates over lists of states, in the words of Airflow's own conditions. */
const oracle = (rule: TriggerRule, states: readonly Upstream[]): Verdict => {
  const is = (...wanted: Upstream[]) => states.filter((state) => wanted.includes(state)).length
  const done = is('.') === 0
  const bad = is('f', 'u')
  const otherwise = (run: boolean): Verdict => (run ? 'run' : 'wait')
  switch (rule) {
    case 'all_success':
      return bad ? 'upstream_failed' : is('k') ? 'skipped' : otherwise(states.every((state) => state === 's'))
    case 'all_failed':
      return is('s') || is('k') ? 'skipped' : otherwise(done)
    case 'all_done':
      return otherwise(done)
    case 'all_done_min_one_success':
      return is('k') ? 'skipped' : done && !is('s') ? 'upstream_failed' : otherwise(done)
    case 'all_done_setup_success':
      return otherwise(done)
    case 'all_skipped':
      return is('s') || bad ? 'skipped' : otherwise(done)
    case 'one_failed':
      return bad ? 'run' : done ? 'skipped' : 'wait'
    case 'one_success':
      return is('s') ? 'run' : !done ? 'wait' : states.every((state) => state === 'k') ? 'skipped' : 'upstream_failed'
    case 'one_done':
      return is('s', 'f') ? 'run' : done ? 'skipped' : 'wait'
    case 'none_failed':
      return bad ? 'upstream_failed' : otherwise(done)
    case 'none_failed_min_one_success':
      return bad ? 'upstream_failed' : states.every((state) => state === 'k') ? 'skipped' : otherwise(done)
    case 'none_skipped':
      return is('k') ? 'skipped' : otherwise(done)
    case 'always':
      return 'run'
  }
}

const combinations = (length: number): readonly (readonly Upstream[])[] =>
  length === 0
    ? [[]]
    : combinations(length - 1).flatMap((rest) => (['.', 's', 'k', 'f', 'u'] as const).map((each) => [each, ...rest]))

describe.each(TRIGGER_RULES)('%s', (rule) => {
  it.each(Object.entries(TABLE[rule]))('upstream %s: %s', (upstream, expected) => {
    expect(verdict(rule, upstream)).toBe(expected)
  })

  it('runs a task without upstream tasks', () => {
    expect(verdict(rule, '')).toBe('run')
  })

  it('agrees with the oracle over all states of up to four upstream tasks', () => {
    for (const length of [1, 2, 3, 4]) {
      for (const states of combinations(length)) {
        expect(`${states.join('')} ${verdict(rule, states.join(''))}`).toBe(
          `${states.join('')} ${oracle(rule, states)}`,
        )
      }
    }
  })

  it('never leaves a task waiting once everything upstream has ended', () => {
    for (const states of combinations(3).filter((each) => !each.includes('.'))) {
      expect(verdict(rule, states.join(''))).not.toBe('wait')
    }
  })
})
