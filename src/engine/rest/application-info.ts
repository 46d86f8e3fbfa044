import { apiTime } from './api-time.ts'

export interface ApplicationSource {
  readonly id: string
  readonly name: string
  readonly startTime: number
  readonly sparkUser: string
  readonly version: string
}

/** The one application of this driver. It runs as long as anybody can ask, so it has no end: Spark's -1. */
export const applicationInfo = ({ id, name, startTime, sparkUser, version }: ApplicationSource, now: number) => ({
  id,
  name,
  attempts: [
    {
      startTime: apiTime(startTime),
      endTime: apiTime(-1),
      lastUpdated: apiTime(startTime),
      duration: now - startTime,
      sparkUser,
      completed: false,
      appSparkVersion: version,
      startTimeEpoch: startTime,
      endTimeEpoch: -1,
      lastUpdatedEpoch: startTime,
    },
  ],
})
