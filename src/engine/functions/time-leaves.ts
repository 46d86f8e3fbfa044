import { quoteName, quoteText } from '../duckdb/quote.ts'
import { type DataType, STRING } from '../types/data-type.ts'
import { isDatetime } from '../types/same-type.ts'
import { bindNames } from './bind-names.ts'

const hasTime = (type: DataType): boolean => {
  switch (type.kind) {
    case 'array':
      return hasTime(type.element)
    case 'map':
      return hasTime(type.key) || hasTime(type.value)
    case 'struct':
      return type.fields.some((field) => hasTime(field.type))
    default:
      return isDatetime(type)
  }
}

/** The type with texts in the place of dates and timestamps. */
export const withTextTimes = (type: DataType): DataType => {
  switch (type.kind) {
    case 'array':
      return { ...type, element: withTextTimes(type.element) }
    case 'map':
      return { ...type, key: withTextTimes(type.key), value: withTextTimes(type.value) }
    case 'struct':
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: withTextTimes(field.type) })) }
    default:
      return isDatetime(type) ? STRING : type
  }
}

/** SQL of a nested value with `leaf` in the place of each date and timestamp of `type`. */
export const mapTimes = (
  sql: string,
  type: DataType,
  leaf: (sql: string, type: DataType) => string,
  depth = 0,
): string => {
  if (!hasTime(type)) return sql
  const name = `tl${depth}`
  switch (type.kind) {
    case 'array':
      return `list_transform(${sql}, lambda ${name}: ${mapTimes(name, type.element, leaf, depth + 1)})`
    case 'map': {
      const key = mapTimes(`${name}.key`, type.key, leaf, depth + 1)
      const value = mapTimes(`${name}.value`, type.value, leaf, depth + 1)
      const entries = `list_transform(map_entries(${sql}), lambda ${name}: struct_pack(k := ${key}, v := ${value}))`
      return `map_from_entries(${entries})`
    }
    case 'struct':
      return bindNames(`ts${depth}`, [sql], (x) => {
        const fields = type.fields.map((field) => {
          const value = mapTimes(`struct_extract(${x}, ${quoteText(field.name)})`, field.type, leaf, depth + 1)
          return `${quoteName(field.name)} := ${value}`
        })
        return `CASE WHEN ${x} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`
      })
    default:
      return leaf(sql, type)
  }
}
