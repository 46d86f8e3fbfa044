import { array, INTEGER, STRING } from '../types/data-type.ts'
import type { SparkFunction } from './function.ts'
import { scripted } from './script/script-call.ts'
import { simple } from './signature.ts'

export const JSON_FUNCTIONS: readonly SparkFunction[] = [
  simple('get_json_object', [STRING, STRING], STRING, scripted('getjsonobject'), { nullable: true, exact: true }),
  simple('json_array_length', [STRING], INTEGER, scripted('jsonarraylength'), { nullable: true, exact: true }),
  simple('json_object_keys', [STRING], array(STRING), scripted('jsonobjectkeys'), { nullable: true, exact: true }),
]
