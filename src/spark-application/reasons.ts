/**
 * Every word that can stand as a condition's or an event's `reason` of a SparkApplication. Closed: a new one gets its
 * line here, and docs/spark-application.md shows this table (a test holds the two together).
 */
export interface ReasonEntry {
  readonly severity: 'Normal' | 'Warning'
  /** What happened. */
  readonly cause: string
  /** What a person does about it; '' where there is nothing to do. */
  readonly nextStep: string
}

const normal = (cause: string): ReasonEntry => ({ severity: 'Normal', cause, nextStep: '' })
const warning = (cause: string, nextStep: string): ReasonEntry => ({ severity: 'Warning', cause, nextStep })

export const REASONS = {
  // The story of a run
  DriverCreated: normal('The driver pod of this attempt was created.'),
  DriverAdopted: normal('A driver pod of this application was there already and is followed.'),
  DriverStarting: normal('The driver pod is there and has not started yet.'),
  DriverRunning: normal('The driver runs.'),
  Completed: normal('The driver ended with exit code 0.'),
  RerunScheduled: normal('The run ended and restartPolicy Always starts another.'),
  RunBeingRemoved: normal('The driver pod of the run before is being removed, so that the next can have its name.'),
  Suspended: normal('spec.suspend is true: no driver runs.'),
  SpecChanged: normal('The spec was edited: the run before is removed and the application starts anew.'),

  // Why a driver failed, by the program or its settings
  DriverFailed: warning(
    'The driver ended with an exit code other than 0.',
    'Read the message, or the log of the driver pod.',
  ),
  DriverOutOfMemory: warning(
    'The driver used more memory than its limit, of the container or of the JavaScript heap.',
    'Raise spec.driver.memory or memoryOverhead.',
  ),
  DriverKilled: warning('The driver was ended by a signal.', 'Read the log of the driver pod.'),
  InitContainerFailed: warning('An init container of the driver failed.', 'Read the log of that container.'),
  InvalidImageName: warning('The name of a container image is not valid.', 'Correct spec.image or spec.driver.image.'),
  ImagePullFailed: warning(
    'A container image could not be pulled.',
    'Check the image name, that the registry has it, and spec.imagePullSecrets.',
  ),
  ContainerConfigError: warning(
    'A container could not be configured, mostly because a Secret, ConfigMap or key is missing.',
    'Create what the message names.',
  ),
  ContainerStartError: warning('A container could not be started.', 'Check the image and the command in the message.'),
  DeadlineExceeded: warning(
    'The application ran longer than spec.activeDeadlineSeconds.',
    'Raise the deadline, or look for what hangs.',
  ),

  // Why a driver failed, by its surroundings
  DriverEvicted: warning(
    'The driver pod was evicted from its node.',
    'Nothing where it was a drain; else raise the requests the message names.',
  ),
  DriverPreempted: warning(
    'The driver pod made room for pods of higher priority.',
    'Give it a priorityClassName, or more room.',
  ),
  NodeLost: warning('The node of the driver went away.', 'Nothing: it is retried elsewhere.'),
  DriverRejected: warning(
    'The node would not take the driver pod.',
    'Nothing: it is retried; look at the node when it repeats.',
  ),
  DriverLost: warning(
    'The driver pod was deleted while it ran, or is gone without having told how it ended.',
    'Do not delete driver pods; set spec.suspend or delete the application.',
  ),

  // Why a driver waits
  Unschedulable: warning(
    'No node takes the driver pod.',
    'Lower the requests, widen nodeSelector, affinity or tolerations, or add nodes.',
  ),
  VolumeMissing: warning(
    'A volume of the driver pod cannot be had.',
    'Create the PersistentVolumeClaim, Secret or ConfigMap that the message names.',
  ),
  ExecutorsWaiting: warning(
    'The driver runs, and its executors cannot start or find no node.',
    'Correct what the message names, or make room; kubectl describe tells more of an executor pod.',
  ),
  SchedulingGated: normal('A scheduling gate holds the driver pod back until its owner opens it.'),
  DriverTerminating: warning(
    'The driver pod is being deleted and has not stopped.',
    'Where its node is dead: kubectl delete pod --force.',
  ),
  DriverUnknown: warning(
    'The node does not tell how the driver is.',
    'Look at the node; the application goes on when it is back.',
  ),

  // Why the API server would not take the driver
  QuotaExceeded: warning(
    'A ResourceQuota leaves no room for the driver.',
    'Wait, free resources, or raise the quota. It is tried again.',
  ),
  SubmissionForbidden: warning(
    'The API server does not allow what the driver needs.',
    'The message names the rule: RBAC, Pod Security or an admission policy.',
  ),
  SubmissionInvalid: warning('No valid pod can be made from this spec.', 'Correct the field that the message names.'),
  NameConflict: warning(
    'Another object holds a name that the application needs.',
    'Rename the application, set spec.driver.podName, or remove that object.',
  ),
  NamespaceTerminating: warning('The namespace is being deleted.', 'Nothing can be created in it any more.'),
  NamespaceMissing: warning('The namespace is gone.', 'Nothing can be created in it any more.'),

  // What Bellows cannot do
  FieldsIgnored: warning(
    'The engine cannot honour some fields of the spec.',
    'Remove them, or do without; the message lists them.',
  ),
} as const satisfies Readonly<Record<string, ReasonEntry>>

export type Reason = keyof typeof REASONS
