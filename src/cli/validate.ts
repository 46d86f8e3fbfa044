import { findingLine } from './check-manifests.ts'
import { findProblems } from './find-problems.ts'
import { loadManifests } from './load-manifests.ts'
import { EXIT } from './usage.ts'

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `bellows validate`: what kubectl, the API server and the operator would say of manifests, without a cluster. */
export const validateCommand = (files: readonly string[], options: { readonly output: 'text' | 'json' }): number => {
  const manifests = loadManifests(files, { executors: 1, recursive: true })
  const findings = findProblems(manifests)
  const valid = findings.length === 0
  if (options.output === 'json') {
    console.log(JSON.stringify({ valid, succeeded: valid, objects: manifests.length, findings }, null, 2))
  } else {
    for (const finding of findings) console.error(findingLine(finding))
    console.log(`${counted(manifests.length, 'object')}, ${counted(findings.length, 'error')}`)
  }
  return valid ? EXIT.ok : EXIT.usage
}
