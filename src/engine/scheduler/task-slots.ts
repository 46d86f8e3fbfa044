import { type Conf, confInteger } from '../conf.ts'
import { userError } from '../errors.ts'

/** spark.task.cpus: cores that a task takes. Throws EngineError where it is less than 1. */
export const taskCpus = (conf: Conf): number => {
  const cpus = confInteger(conf, 'spark.task.cpus', 1)
  if (cpus < 1) throw userError(`spark.task.cpus is ${cpus}; a task takes 1 core or more`)
  return cpus
}

/** Tasks that so many cores run at once. Throws EngineError where there are too few for one, as Spark. */
export const slotsOf = (conf: Conf, cores: number, where: 'driver' | 'executor'): number => {
  const slots = Math.floor(cores / taskCpus(conf))
  if (slots < 1) throw userError(`a task takes ${taskCpus(conf)} cores (spark.task.cpus); the ${where} has ${cores}`)
  return slots
}
