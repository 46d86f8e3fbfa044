import type { z } from 'zod'
import { pipelineSpecSchema } from './pipeline.ts'
import { pipelineRunSpecSchema } from './pipeline-run.ts'
import { pipelineRunStatusSchema } from './pipeline-run-status.ts'
import { PipelineRuns, Pipelines, SparkApplications } from './resource-types.ts'
import type { Rule } from './schema.ts'
import { sparkApplicationSpecSchema } from './spark-application.ts'
import { sparkApplicationStatusSchema } from './spark-application-status.ts'

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date' | 'boolean'
  readonly jsonPath: string
  readonly description: string
  /** 1: only with `-o wide`. */
  readonly priority?: 1
}

/** All that makes a custom resource: its schemas, and what a CRD says besides. */
export interface KindDefinition {
  readonly type: {
    readonly group: string
    readonly version: string
    readonly kind: string
    readonly plural: string
  }
  readonly shortNames: readonly string[]
  /** First sentence of the CRD and the reference page. */
  readonly description: string
  readonly nameRules: readonly Rule<string>[]
  readonly columns: readonly Column[]
  readonly spec: z.ZodType
  readonly status?: z.ZodType
}

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/

const nameRules = (max: number, reason: string): readonly Rule<string>[] => [
  {
    rule: `self.metadata.name.size() <= ${max}`,
    at: 'metadata.name',
    message: `must be at most ${max} characters: ${reason}`,
    holds: (name) => name.length <= max,
  },
  {
    rule: "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    at: 'metadata.name',
    message:
      "must be lower-case letters, digits and '-' (no dots), beginning with a letter: other objects get names made from it",
    holds: (name) => DNS_LABEL.test(name),
  },
]

const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was applied.',
}

/** `<name>-<attempt>-exec-<n>` has to fit 63 characters. */
export const MAX_APPLICATION_NAME = 40

export const SparkApplicationDefinition: KindDefinition = {
  type: SparkApplications,
  shortNames: ['sparkapp'],
  description:
    'A program run by a driver pod and its executor pods: SQL, TypeScript or JavaScript on the bundled engine, Java, Scala, Python or R on Apache Spark.',
  nameRules: nameRules(MAX_APPLICATION_NAME, 'the names of its pods are made from it'),
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'Language of the program.' },
    { name: 'Status', type: 'string', jsonPath: '.status.applicationState.state', description: 'Its state.' },
    { name: 'Attempts', type: 'integer', jsonPath: '.status.executionAttempts', description: 'Runs begun.' },
    { name: 'Executors', type: 'integer', jsonPath: '.status.executors.running', description: 'Executors running.' },
    {
      name: 'Start',
      type: 'string',
      jsonPath: '.status.lastSubmissionAttemptTime',
      description: 'When it was last submitted.',
    },
    { name: 'Finish', type: 'string', jsonPath: '.status.terminationTime', description: 'When it ended.' },
    { name: 'Reason', type: 'string', jsonPath: '.status.rootCause.reason', description: 'Why its last run failed.' },
    age,
    { name: 'Suspend', type: 'boolean', jsonPath: '.spec.suspend', description: 'Whether it is held.', priority: 1 },
  ],
  spec: sparkApplicationSpecSchema,
  status: sparkApplicationStatusSchema,
}

/** Names of runs and pipelines are label values. */
const MAX_LABEL = 63

export const PipelineDefinition: KindDefinition = {
  type: Pipelines,
  shortNames: ['bpl'],
  description: 'A graph of tasks that PipelineRuns run.',
  nameRules: nameRules(MAX_LABEL, 'it is a label value'),
  columns: [age],
  spec: pipelineSpecSchema,
}

export const PipelineRunDefinition: KindDefinition = {
  type: PipelineRuns,
  shortNames: ['bplr'],
  description: 'One run of a Pipeline, or of a graph of its own: a worker pod for each try of each task.',
  nameRules: nameRules(MAX_LABEL, 'it is a label value'),
  columns: [
    { name: 'Pipeline', type: 'string', jsonPath: '.spec.pipelineRef.name', description: 'The Pipeline that it runs.' },
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'Its state.' },
    { name: 'Progress', type: 'string', jsonPath: '.status.progress', description: 'Tasks ended of all.' },
    { name: 'Start', type: 'date', jsonPath: '.status.startTime', description: 'Since it began.' },
    { name: 'Finish', type: 'date', jsonPath: '.status.completionTime', description: 'Since it ended.' },
    age,
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.reason',
      description: 'Why it is in that state.',
      priority: 1,
    },
  ],
  spec: pipelineRunSpecSchema,
  status: pipelineRunStatusSchema,
}

export const KINDS: readonly KindDefinition[] = [SparkApplicationDefinition, PipelineDefinition, PipelineRunDefinition]

export const definitionOf = (apiVersion: unknown, kind: unknown): KindDefinition | undefined =>
  KINDS.find(({ type }) => `${type.group}/${type.version}` === apiVersion && type.kind === kind)
