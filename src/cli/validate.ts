import { checkManifest, findingLine } from './check-manifests.ts'
import { loadManifests } from './load-manifests.ts'
import { EXIT } from './usage.ts'

/** `bellows validate`: the schema's verdict on manifests, without a cluster. */
export const validateCommand = (files: readonly string[], options: { readonly output: 'text' | 'json' }): number => {
  const manifests = loadManifests(files, { executors: 1 })
  const findings = manifests.flatMap(checkManifest)
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (options.output === 'json') {
    console.log(JSON.stringify({ valid: errors.length === 0, objects: manifests.length, findings }, null, 2))
  } else {
    for (const finding of findings) console.error(findingLine(finding))
    console.log(
      `${manifests.length} object${manifests.length === 1 ? '' : 's'}, ${errors.length} error${errors.length === 1 ? '' : 's'}, ${findings.length - errors.length} warning${findings.length - errors.length === 1 ? '' : 's'}`,
    )
  }
  return errors.length === 0 ? EXIT.ok : EXIT.usage
}
