import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Conf, confBoolean } from '../conf.ts'
import type { EventLog } from '../events.ts'
import { type ApiSource, answerApi, executorList } from './api.ts'
import { ApiProblem } from './api-parameters.ts'
import { ApplicationView } from './application-view.ts'
import { redactionPattern } from './environment-info.ts'
import { executorsText } from './executor-prometheus.ts'
import { viewLimits } from './view-limits.ts'

const API = '/api/v1'
const PROMETHEUS = '/metrics/executors/prometheus'

/** The version of Spark whose API this is. */
export const SPARK_VERSION = '4.1.1'

export interface MonitoringOptions {
  readonly conf: Conf
  readonly id: string
  readonly name: string
  readonly sparkUser: string
  /** The address of the driver's server. */
  readonly url: string
  readonly cores: number
  readonly executorCores: number
  readonly memoryLimit: number
  readonly events: EventLog
  readonly versions: Conf
  readonly now: () => number
}

/** Paths that anyone may GET: nothing is changed by them, and secrets in the settings are redacted. spark.ui.enabled=false: none. */
export const isMonitoringPath = (conf: Conf, path: string): boolean =>
  confBoolean(conf, 'spark.ui.enabled', true) &&
  (path === API || path.startsWith(`${API}/`) || plain(path) === PROMETHEUS)

const plain = (path: string): string => path.replace(/\/+$/, '')

/** Spark's monitoring API and its metrics of executors, from the events of the application. */
export class Monitoring {
  private readonly source: ApiSource
  private readonly now: () => number

  constructor(options: MonitoringOptions) {
    const { conf, id, name, sparkUser, url, cores, executorCores, memoryLimit, events, versions, now } = options
    const startTime = now()
    const limits = viewLimits(conf)
    const hostPort = new URL(url).host
    const view = new ApplicationView(limits, { hostPort, cores, maxMemory: memoryLimit, startTime })
    events.onEvent((event) => view.apply(event))
    const settings = { ...conf, 'spark.app.id': id, 'spark.app.name': name }
    this.now = now
    this.source = {
      view,
      application: { id, name, startTime, sparkUser, version: SPARK_VERSION },
      environment: { conf: settings, pattern: redactionPattern(conf), versions, executorCores },
      excludeTimeout: limits.excludeTimeout,
    }
  }

  /** False: the path is about something else. */
  answer(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    if (request.method !== 'GET' || !isMonitoringPath(this.source.environment.conf, path)) return false
    if (plain(path) === PROMETHEUS) {
      send(
        response,
        200,
        'text/plain; version=0.0.4',
        executorsText(this.source.application, executorList(this.source, false, this.now())),
      )
      return true
    }
    try {
      const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'))
      send(
        response,
        200,
        'application/json',
        JSON.stringify(answerApi(this.source, path.slice(API.length), query, this.now())),
      )
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      send(response, error.status, 'text/plain; charset=utf-8', error.message)
    }
    return true
  }
}

const send = (response: ServerResponse, status: number, type: string, text: string): void => {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
