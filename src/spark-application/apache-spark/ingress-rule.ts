import type { SparkApplication } from '../../api/spark-application.ts'

/**
 * The rule of an Ingress for a URL of the published form, such as `{{$appName}}.example.com` or `example.com/{{$appName}}`.
 * Behind a path the application is told nothing of it: the annotation takes it off, which only nginx understands.
 */
export const ingressRule = (app: SparkApplication, format: string, service: string, port: number) => {
  const { host, path } = addressOf(filledIn(app, format))
  const backend = { service: { name: service, port: { number: port } } }
  const plain = path === '' || path === '/'
  return {
    annotations: (plain ? {} : { 'nginx.ingress.kubernetes.io/rewrite-target': '/$2' }) as Readonly<
      Record<string, string>
    >,
    rule: {
      ...(host === '' ? {} : { host }),
      http: {
        paths: [
          plain
            ? { path: '/', pathType: 'Prefix', backend }
            : { path: `${path.replace(/\/$/, '')}(/|$)(.*)`, pathType: 'ImplementationSpecific', backend },
        ],
      },
    },
  }
}

const filledIn = (app: SparkApplication, format: string): string =>
  format
    .replaceAll('{{$appName}}', app.metadata.name)
    .replaceAll('{{$appNamespace}}', app.metadata.namespace ?? 'default')
    // Published: an id. The name does not change from run to run, and the Ingress should not.
    .replaceAll('{{$appId}}', app.metadata.uid ?? '')

const addressOf = (url: string): { readonly host: string; readonly path: string } => {
  const bare = url.replace(/^[a-z]+:\/\//, '')
  const slash = bare.indexOf('/')
  const host = slash < 0 ? bare : bare.slice(0, slash)
  return { host: host.replace(/:\d+$/, ''), path: slash < 0 ? '' : bare.slice(slash) }
}
