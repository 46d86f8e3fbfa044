import { columnAndValues, columns } from './make.ts'

export const json_array_length = columns('json_array_length')
export const json_object_keys = columns('json_object_keys')
export const to_json = columns('to_json')
export const to_csv = columns('to_csv')
export const schema_of_json = columns('schema_of_json')
export const from_json = columnAndValues('from_json')
export const from_csv = columnAndValues('from_csv')
export const get_json_object = columnAndValues('get_json_object')
export const json_tuple = columnAndValues('json_tuple')
export const parse_url = columnAndValues('parse_url')
