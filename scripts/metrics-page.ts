import { Registry } from 'prom-client'
import { applicationMetrics } from '../src/main/application-metrics.ts'
import { cacheNeeds } from '../src/main/assemble.ts'
import { runtimeMetrics } from '../src/main/runtime-metrics.ts'

const HEAD = `# Metrics of the operator

Made by \`npm run generate\` from the registry that the operator serves at \`/metrics\` (port 8080). Series whose labels
are known beforehand are at zero from the start: one that is missing means that the operator does not run.

The \`spark_…\` names are those that dashboards for this API already use. Gauges among them are counted from the cache at
each scrape, so they cannot drift. Node's own (\`process_…\`, \`nodejs_…\`) are served too.

`

/** The page on metrics, as the code has them. */
export const metricsPage = async (): Promise<string> => {
  const registry = new Registry()
  runtimeMetrics(registry, ['sparkapplication', 'pipelinerun'], [...new Set(cacheNeeds.map(({ type }) => type))])
  applicationMetrics(registry, () => [])
  const metrics = await registry.getMetricsAsJSON()
  const rows = metrics
    .map(({ name, type, help }) => {
      const { labelNames } = registry.getSingleMetric(name) as unknown as { readonly labelNames: readonly string[] }
      return `| \`${name}\` | ${String(type)} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`
    })
    .sort()
  return `${HEAD}| name | type | labels | what |\n|---|---|---|---|\n${rows.join('\n')}\n`
}
