/** What the user typed can not be done as typed. The message says what is wrong; `hint` the next step. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string | undefined
  /** What is wrong one by one, for output that scripts read. */
  readonly findings: readonly object[]

  constructor(message: string, hint?: string, cause?: unknown, findings: readonly object[] = []) {
    super(message, cause === undefined ? undefined : { cause })
    this.hint = hint
    this.findings = findings
  }
}

/** Exit codes, as sysexits and Kubernetes tools use them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130, pipe: 141 } as const
