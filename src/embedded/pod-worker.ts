import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, ContainerState, Pod, PodStatus } from '../kube/pod.ts'
import { quantity } from '../kube/quantity.ts'
import { ImageError } from './container-command.ts'
import { ContainerConfigError } from './container-environment.ts'
import { type ContainerProcess, startProcess } from './container-process.ts'
import { type ContainerSetting, prepareContainer, startFailure, terminatedState } from './pod-container.ts'
import { type ContainerView, podStatus } from './pod-status.ts'
import { MountError, makeVolumes } from './pod-volumes.ts'
import type { MemoryWatch } from './process-memory.ts'
import { seconds } from './time.ts'
import type { Watchdog } from './watchdog.ts'

export interface PodWorkerSetting extends ContainerSetting {
  readonly now: () => number
  readonly directory: string
  /** First wait before a container is started a third time; doubles up to 30 times this. */
  readonly crashLoopBackOffMs: number
  /** How soon something that was missing is looked for again. */
  readonly retryMs: number
  readonly memory: MemoryWatch
  readonly watchdog: Watchdog
  readonly publish: (status: (pod: Pod) => PodStatus) => void
  readonly event: (type: 'Normal' | 'Warning', reason: string, note: string) => void
}

/** How long a container must run for its crashes to be forgotten. Source: kubelet, MaxContainerBackOff. */
const BACKOFF_RESET_MS = 600_000
const BACKOFF_STEPS = 30

interface Slot {
  readonly spec: Container
  readonly directory: string
  state: ContainerState
  lastState: ContainerState | undefined
  restartCount: number
  containerID: string | undefined
  process: ContainerProcess | undefined
  logFile: string | undefined
  outOfMemory: boolean
}

/** One pod's processes from its first to its last. Restarts nothing once it is stopping. */
export class PodWorker {
  readonly #pod: Pod
  readonly #setting: PodWorkerSetting
  readonly #init: readonly Slot[]
  readonly #main: readonly Slot[]
  readonly #startedAt: number
  readonly #stopping = Promise.withResolvers<void>()
  #isStopping = false
  #verdict: { readonly reason: string; readonly message: string } | undefined
  #killTimer: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined
  readonly done: Promise<void>

  constructor(pod: Pod, setting: PodWorkerSetting) {
    this.#pod = pod
    this.#setting = setting
    this.#startedAt = setting.now()
    const slot =
      (waiting: string) =>
      (spec: Container): Slot => ({
        spec,
        directory: join(setting.directory, 'containers', spec.name),
        state: { waiting: { reason: waiting } },
        lastState: undefined,
        restartCount: 0,
        containerID: undefined,
        process: undefined,
        logFile: undefined,
        outOfMemory: false,
      })
    const init = pod.spec.initContainers ?? []
    this.#init = init.map(slot('PodInitializing'))
    this.#main = pod.spec.containers.map(slot(init.length > 0 ? 'PodInitializing' : 'ContainerCreating'))
    this.done = this.#run()
  }

  /** The log of a container's newest process; undefined while it has had none. */
  logFile(container: string): { readonly path: string; readonly isRunning: () => boolean } | undefined {
    const slot = this.#slot(container)
    if (slot?.logFile === undefined) return undefined
    const path = slot.logFile
    return { path, isRunning: () => slot.process !== undefined && slot.logFile === path }
  }

  /** Why a container has no process yet, as the kubelet says it. */
  waitingReason(container: string): string {
    return this.#slot(container)?.state.waiting?.reason ?? 'ContainerCreating'
  }

  /** SIGTERM now, SIGKILL after the grace; `done` resolves when every process has ended. A shorter grace may follow. */
  stop(graceSeconds: number): void {
    this.#isStopping = true
    this.#stopping.resolve()
    this.#signal(graceSeconds > 0 ? 'SIGTERM' : 'SIGKILL')
    clearTimeout(this.#killTimer)
    if (graceSeconds > 0) this.#killTimer = setTimeout(() => this.#signal('SIGKILL'), graceSeconds * 1000)
  }

  /** Removes the pod's files. */
  async clear(): Promise<void> {
    await rm(this.#setting.directory, { recursive: true, force: true, maxRetries: 3 })
  }

  async #run(): Promise<void> {
    const seconds = this.#pod.spec.activeDeadlineSeconds
    if (seconds !== undefined) this.#deadline = setTimeout(() => this.#expire(), seconds * 1000)
    try {
      await mkdir(this.#setting.directory, { recursive: true, mode: 0o700 })
      this.#publish()
      const volumes = await this.#volumes()
      if (volumes !== undefined && (await this.#initialize(volumes))) {
        for (const slot of this.#main) slot.state = { waiting: { reason: 'ContainerCreating' } }
        await Promise.all(this.#main.map((slot) => this.#keep(slot, volumes, this.#pod.spec.restartPolicy)))
      }
    } finally {
      clearTimeout(this.#deadline)
      clearTimeout(this.#killTimer)
      if (this.#isStopping) this.#publish()
    }
  }

  #expire(): void {
    const message = 'Pod was active on the node longer than the specified deadline'
    this.#verdict = { reason: 'DeadlineExceeded', message }
    this.#setting.event('Warning', 'DeadlineExceeded', message)
    this.stop(Number(this.#pod.spec.terminationGracePeriodSeconds ?? 30))
  }

  /** Undefined where the pod was stopped before its volumes could be had. */
  async #volumes(): Promise<ReadonlyMap<string, string> | undefined> {
    let told: string | undefined
    while (!this.#isStopping) {
      try {
        return await makeVolumes(this.#pod, join(this.#setting.directory, 'volumes'), this.#setting.lookup)
      } catch (error) {
        if (!(error instanceof MountError)) throw error
        if (error.message !== told) this.#setting.event('Warning', 'FailedMount', error.message)
        told = error.message
        await this.#pause(this.#setting.retryMs)
      }
    }
    return undefined
  }

  /** Whether every init container has succeeded. */
  async #initialize(volumes: ReadonlyMap<string, string>): Promise<boolean> {
    const policy = this.#pod.spec.restartPolicy === 'Never' ? 'Never' : 'OnFailure'
    for (const slot of this.#init) {
      if (slot.spec.restartPolicy === 'Always') {
        this.#wait(slot, 'CreateContainerConfigError', 'embedded mode does not run sidecar init containers')
        this.#setting.event(
          'Warning',
          'Failed',
          `Error: init container ${slot.spec.name} is a sidecar (restartPolicy: Always): embedded mode does not run sidecars`,
        )
        await this.#stopping.promise
        return false
      }
      await this.#keep(slot, volumes, policy)
      if (slot.state.terminated?.exitCode !== 0) return false
    }
    return !this.#isStopping
  }

  /** Runs a container again and again until its restart policy or the pod's end says stop. */
  async #keep(slot: Slot, volumes: ReadonlyMap<string, string>, policy: Pod['spec']['restartPolicy']): Promise<void> {
    let crashes = 0
    while (!this.#isStopping) {
      const began = this.#setting.now()
      const ended = await this.#once(slot, volumes)
      if (!ended || this.#isStopping) return
      const failed = slot.state.terminated?.exitCode !== 0
      if (policy === 'Never' || (policy === 'OnFailure' && !failed)) return
      crashes = this.#setting.now() - began > BACKOFF_RESET_MS ? 1 : crashes + 1
      const factor = crashes === 1 ? 0 : Math.min(2 ** (crashes - 2), BACKOFF_STEPS)
      if (factor > 0) await this.#backOff(slot, this.#setting.crashLoopBackOffMs * factor)
      if (this.#isStopping) return
      if (slot.state.terminated !== undefined) slot.lastState = slot.state
      slot.restartCount++
    }
  }

  async #backOff(slot: Slot, waitMs: number): Promise<void> {
    const { name, namespace, uid } = this.#pod.metadata
    slot.lastState = slot.state
    const message = `back-off ${Math.ceil(waitMs / 1000)}s restarting failed container=${slot.spec.name} pod=${name}_${namespace}(${uid})`
    this.#wait(slot, 'CrashLoopBackOff', message)
    this.#setting.event(
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${slot.spec.name} in pod ${name}_${namespace}(${uid})`,
    )
    await this.#pause(waitMs)
    if (this.#isStopping && slot.lastState !== undefined) {
      slot.state = slot.lastState
      slot.lastState = undefined
    }
  }

  /** One process from start to end. False where there was none before the pod was stopped. */
  async #once(slot: Slot, volumes: ReadonlyMap<string, string>): Promise<boolean> {
    const { now } = this.#setting
    await mkdir(slot.directory, { recursive: true, mode: 0o700 })
    const prepared = await this.#prepare(slot, volumes)
    if (prepared === undefined || this.#isStopping) return false
    let running: ContainerProcess
    try {
      running = await startProcess(prepared.process)
    } catch (error) {
      slot.state = startFailure(prepared.process.argv, error as NodeJS.ErrnoException, now())
      slot.logFile = prepared.process.logFile
      this.#setting.event('Warning', 'Failed', `Error: ${slot.state.terminated?.message}`)
      this.#publish()
      return true
    }
    this.#setting.watchdog.add(running.pid)
    const startedAt = now()
    slot.process = running
    slot.logFile = prepared.process.logFile
    slot.outOfMemory = false
    slot.containerID = `process://${running.pid}-${slot.restartCount}`
    slot.state = { running: { startedAt: seconds(startedAt) } }
    this.#limitMemory(slot, running)
    if (this.#isStopping) running.signal('SIGKILL')
    this.#publish()
    const exit = await running.exited
    this.#setting.memory.remove(running.pid)
    this.#setting.watchdog.remove(running.pid)
    slot.state = await terminatedState(slot.spec, prepared, exit, slot.outOfMemory, startedAt, now())
    slot.process = undefined
    this.#publish()
    return true
  }

  #limitMemory(slot: Slot, running: ContainerProcess): void {
    const limit = quantity(slot.spec.resources?.limits?.memory)
    if (limit === undefined) return
    this.#setting.memory.add(running.pid, limit, () => {
      slot.outOfMemory = true
      running.signal('SIGKILL')
    })
  }

  async #prepare(slot: Slot, volumes: ReadonlyMap<string, string>) {
    let told: string | undefined
    while (!this.#isStopping) {
      try {
        return await prepareContainer(this.#pod, slot.spec, slot.directory, slot.restartCount, volumes, this.#setting)
      } catch (error) {
        if (error instanceof ImageError) {
          this.#wait(slot, 'ErrImagePull', error.message)
          this.#setting.event('Warning', 'Failed', `Error: ErrImagePull: ${error.message}`)
          await this.#stopping.promise
          return undefined
        }
        if (!(error instanceof ContainerConfigError)) throw error
        if (error.message !== told) {
          this.#wait(slot, 'CreateContainerConfigError', error.message)
          this.#setting.event('Warning', 'Failed', `Error: ${error.message}`)
        }
        told = error.message
        await this.#pause(this.#setting.retryMs)
      }
    }
    return undefined
  }

  #wait(slot: Slot, reason: string, message: string): void {
    slot.state = { waiting: { reason, message } }
    this.#publish()
  }

  #publish(): void {
    const view = (slot: Slot): ContainerView => ({
      spec: slot.spec,
      state: slot.state,
      lastState: slot.lastState,
      restartCount: slot.restartCount,
      containerID: slot.containerID,
    })
    const running = [...this.#init, ...this.#main].some((slot) => slot.process !== undefined)
    this.#setting.publish((pod) =>
      podStatus(
        pod,
        {
          init: this.#init.map(view),
          main: this.#main.map(view),
          startTime: seconds(this.#startedAt),
          // Like a kubelet: a pod is terminal only once nothing of it runs any more.
          verdict: running ? undefined : this.#verdict,
          stopping: this.#isStopping && !running,
        },
        this.#setting.now(),
      ),
    )
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      void this.#stopping.promise.then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #signal(name: NodeJS.Signals): void {
    for (const slot of [...this.#init, ...this.#main]) slot.process?.signal(name)
  }

  #slot(name: string): Slot | undefined {
    return [...this.#main, ...this.#init].find((slot) => slot.spec.name === name)
  }
}
