import { WORKER_CONTAINER } from '../api/labels.ts'
import type { PipelineTask, ScriptTask } from '../api/pipeline.ts'
import type { Container, EnvVar } from '../kube/pod.ts'
import { escapeExpansion } from '../pipeline/render.ts'
import type { TaskAttempt } from './task-executor.ts'

/** Kubelet makes this file for each container, writable for any user, and reads it when the container has ended. */
export const RESULT_PATH = '/dev/termination-log'

/** Linux: MAX_ARG_STRLEN. */
const MAX_ARGUMENT = 131_071

type ContainerResult =
  | { readonly ok: true; readonly container: Container }
  | { readonly ok: false; readonly reason: string; readonly message: string }

/** The container of a worker pod, before the pod template is laid under it. */
export const workerContainer = (attempt: TaskAttempt, defaultImage: string): ContainerResult => {
  const { task } = attempt
  const own = task.script === undefined ? plain(task) : script(task.script, defaultImage)
  if (!own.ok) return own
  return {
    ok: true,
    container: {
      ...own.container,
      name: WORKER_CONTAINER,
      env: environment(own.container.env as readonly EnvVar[], attempt),
      terminationMessagePath: RESULT_PATH,
      terminationMessagePolicy: 'FallbackToLogsOnError',
    },
  }
}

type OwnFields = { readonly ok: true; readonly container: Omit<Container, 'name'> }

const plain = ({ name, container }: PipelineTask): OwnFields | Extract<ContainerResult, { ok: false }> => {
  if (container === undefined) {
    const message = `Task '${name}' has nothing to run: give it container, script or spark.`
    return { ok: false, reason: 'TaskInvalid', message }
  }
  const { image, command, args, workingDir, resources, env } = container
  return {
    ok: true,
    container: {
      image,
      ...(command && { command }),
      ...(args && { args }),
      ...(workingDir !== undefined && { workingDir }),
      ...(resources && { resources: resources as Container['resources'] & object }),
      env: (env ?? []) as readonly EnvVar[],
    },
  }
}

/** How each interpreter reads a program from its arguments. A failing command ends a bash script. */
const COMMAND: Readonly<Record<ScriptTask['interpreter'], readonly string[]>> = {
  bash: ['bash', '-eo', 'pipefail', '-c'],
  node: ['node', '-e'],
  python: ['python3', '-c'],
}

const script = (
  { interpreter, source, image, env, resources }: ScriptTask,
  defaultImage: string,
): OwnFields | Extract<ContainerResult, { ok: false }> => {
  if (interpreter === 'python' && image === undefined) {
    const message = `A python script needs script.image: the default image (${defaultImage}) has bash and node only. Name one with python3, such as python:3.13-slim.`
    return { ok: false, reason: 'ImageMissing', message }
  }
  if (Buffer.byteLength(source) > MAX_ARGUMENT) {
    const message = `The script is longer than ${MAX_ARGUMENT} bytes; put it into an image or a mounted ConfigMap.`
    return { ok: false, reason: 'ScriptTooLong', message }
  }
  const [command, ...options] = COMMAND[interpreter]
  return {
    ok: true,
    container: {
      image: image ?? defaultImage,
      command: [command!],
      args: [...options, escapeExpansion(source)],
      ...(resources && { resources: resources as Container['resources'] & object }),
      env: (env ?? []) as readonly EnvVar[],
    },
  }
}

/** Ours come last and replace the user's of the same name. */
const environment = (own: readonly EnvVar[], { run, task, attempt }: TaskAttempt): readonly EnvVar[] => {
  const ours: readonly EnvVar[] = [
    { name: 'BELLOWS_RUN', value: run.name },
    { name: 'BELLOWS_NAMESPACE', value: run.namespace },
    { name: 'BELLOWS_TASK', value: task.name },
    { name: 'BELLOWS_ATTEMPT', value: String(attempt) },
    { name: 'BELLOWS_RESULT', value: RESULT_PATH },
  ]
  const names = new Set(ours.map(({ name }) => name))
  return [...own.filter(({ name }) => !names.has(name)), ...ours]
}
