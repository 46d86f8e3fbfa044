import type { EventRecorder } from '../kube/events.ts'
import type { EventSink } from './ports.ts'

/** Reasons as Events of the object, through the recorder's budget. */
export const recordingTo = (recorder: EventRecorder): EventSink => ({
  record: (about, { severity, reason, message }) => recorder.record(about, { type: severity, reason, note: message }),
})
