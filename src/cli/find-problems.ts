import { admit } from '../api/validate.ts'
import type { KubeObject } from '../kube/object.ts'
import { checkManifest, type Finding } from './check-manifests.ts'
import { checkPipelines } from './check-pipelines.ts'
import type { Manifest } from './load-manifests.ts'

/** All that can be said of each of the files without running them; they need not go together. */
export const findProblems = (manifests: readonly Manifest[]): readonly Finding[] => {
  const sound: Manifest[] = []
  const findings: Finding[] = []
  for (const manifest of manifests) {
    findings.push(...checkManifest(manifest))
    const admission = admit<KubeObject>(manifest.object)
    if (admission.ok) sound.push({ ...manifest, object: admission.object })
  }
  return [...findings, ...checkPipelines(sound)]
}
