import { JSON_PATH } from './json-path.ts'
import type { ScriptTable } from './script-function.ts'

/** What DuckDB has no way to compute, by the name in the SQL: small letters and digits. */
export const SCRIPTS: ScriptTable = { ...JSON_PATH }
