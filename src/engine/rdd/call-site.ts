import { getCallSites } from 'node:util'

const HERE = /\/engine\/rdd\/(?!.*\.test\.ts$)/

/** Where the program called an operator, as `program.ts:12`. */
export const callSite = (): string => {
  for (const { scriptName, lineNumber } of getCallSites(30)) {
    if (scriptName === '' || scriptName.startsWith('node:') || HERE.test(scriptName)) continue
    return `${scriptName.split('/').at(-1)}:${lineNumber}`
  }
  return '<unknown>'
}
