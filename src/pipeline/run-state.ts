/**
 * What the tasks say of the run: leaves decide. A failure that a later task took up (by its trigger rule) does not
 * fail the run; a leaf that failed, or could not run because of a failure, does. Source: Airflow, core-concepts/dag-run.
 */
export const runStateOf = (open: number, leavesBad: number): 'running' | 'success' | 'failed' => {
  if (open > 0) return 'running'
  return leavesBad > 0 ? 'failed' : 'success'
}
