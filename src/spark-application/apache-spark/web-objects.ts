import {
  isBundled,
  type SparkApplication,
  type SparkApplicationSpec,
  type SparkApplicationStatus,
} from '../../api/spark-application.ts'
import type { KubeObject } from '../../kube/object.ts'
import { Ingresses, Services } from '../../kube/resource-type.ts'
import type { AttemptObject } from '../attempt-objects.ts'
import { driverSelector } from '../driver-selector.ts'
import { shortened } from '../names.ts'
import { besideDriver } from '../owned-object.ts'
import type { Situation } from '../situation.ts'
import { driverPorts } from './driver-ports.ts'
import { ingressRule } from './ingress-rule.ts'

type UiOptions = NonNullable<SparkApplicationSpec['sparkUIOptions']>
type IngressOptions = NonNullable<SparkApplicationSpec['driverIngressOptions']>[number]

/** Services and Ingresses that spec.sparkUIOptions and spec.driverIngressOptions ask for. Names and selectors: published. */
export const webObjects = (s: Situation): readonly AttemptObject[] => [
  ...(s.spec.sparkUIOptions === undefined ? [] : [service(uiService(s, s.spec.sparkUIOptions))]),
  ...(s.spec.driverIngressOptions ?? []).flatMap((options) => [
    service(portService(s, options)),
    ...(options.ingressURLFormat
      ? [
          {
            type: Ingresses,
            object: portIngress(s, options, options.ingressURLFormat),
            onDifferent: 'replace' as const,
          },
        ]
      : []),
  ]),
]

const service = (object: KubeObject): AttemptObject => ({ type: Services, object, onDifferent: 'replace' })

const uiServiceName = (app: SparkApplication): string => shortened(`${app.metadata.name}-ui-svc`)

/** Where the web page of the driver is found, as far as there is a Service for it. */
export const webUiOf = ({ app, spec }: Situation): NonNullable<SparkApplicationStatus['driverInfo']> => {
  if (spec.sparkUIOptions === undefined || isBundled(spec.type)) return {}
  const port = spec.sparkUIOptions.servicePort ?? uiPort(spec)
  const name = uiServiceName(app)
  return {
    webUIServiceName: name,
    webUIPort: port,
    webUIAddress: `${name}.${app.metadata.namespace ?? 'default'}.svc:${port}`,
  }
}

const uiPort = (spec: SparkApplicationSpec): number =>
  driverPorts(spec).find(({ name }) => name === 'spark-ui')?.containerPort ?? 4040

type ServiceOptions = Pick<IngressOptions, 'serviceType' | 'serviceAnnotations' | 'serviceLabels'>

const driverService = (
  s: Situation,
  name: string,
  options: ServiceOptions,
  port: { readonly name: string; readonly port: number; readonly targetPort: number },
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: besideDriver(s, name, { labels: options.serviceLabels, annotations: options.serviceAnnotations }),
  spec: {
    type: options.serviceType ?? 'ClusterIP',
    selector: driverSelector(s.app),
    ports: [{ protocol: 'TCP', ...port }],
  },
})

const uiService = (s: Situation, options: UiOptions): KubeObject =>
  driverService(s, uiServiceName(s.app), options, {
    name: options.servicePortName ?? 'spark-driver-ui-port',
    port: options.servicePort ?? uiPort(s.spec),
    targetPort: uiPort(s.spec),
  })

const portServiceName = (app: SparkApplication, port: number): string =>
  shortened(`${app.metadata.name}-driver-${port}`)

const portService = (s: Situation, options: IngressOptions): KubeObject =>
  driverService(s, portServiceName(s.app, options.servicePort), options, {
    name: options.servicePortName,
    port: options.servicePort,
    targetPort: options.servicePort,
  })

const portIngress = (s: Situation, options: IngressOptions, format: string): KubeObject => {
  const { rule, annotations } = ingressRule(
    s.app,
    format,
    portServiceName(s.app, options.servicePort),
    options.servicePort,
  )
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: besideDriver(s, shortened(`${s.app.metadata.name}-ing-${options.servicePort}`), {
      annotations: { ...annotations, ...options.ingressAnnotations },
    }),
    spec: { rules: [rule], ...(options.ingressTLS === undefined ? {} : { tls: options.ingressTLS }) },
  }
}
