import { quoteName, quoteText } from '../duckdb/quote.ts'
import { type DataType, STRING } from '../types/data-type.ts'
import { isDatetime } from '../types/same-type.ts'
import { bindNames } from './bind-names.ts'

const hasTime = (type: DataType): boolean => {
  switch (type.kind) {
    case 'array':
      return hasTime(type.element)
    case 'map':
      return hasTime(type.value)
    case 'struct':
      return type.fields.some((field) => hasTime(field.type))
    default:
      return isDatetime(type)
  }
}

/** The type with texts in the place of dates and timestamps; keys of maps stay. */
export const withTextTimes = (type: DataType): DataType => {
  switch (type.kind) {
    case 'array':
      return { ...type, element: withTextTimes(type.element) }
    case 'map':
      return { ...type, value: withTextTimes(type.value) }
    case 'struct':
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: withTextTimes(field.type) })) }
    default:
      return isDatetime(type) ? STRING : type
  }
}

/** SQL of a nested value with `leaf` in the place of each date and timestamp of `type`. `strict`: a leaf that became null makes its array null. */
export const mapTimes = (
  sql: string,
  type: DataType,
  leaf: (sql: string, type: DataType) => string,
  depth = 0,
  strict = false,
): string => {
  if (!hasTime(type)) return sql
  const name = `tl${depth}`
  switch (type.kind) {
    case 'array': {
      const list = (source: string) =>
        `list_transform(${source}, lambda ${name}: ${mapTimes(name, type.element, leaf, depth + 1, strict)})`
      if (!strict || !isDatetime(type.element)) return list(sql)
      // Where one item cannot be read there is no array.
      const present = (items: string) => `len(list_filter(${items}, lambda ${name}: ${name} IS NOT NULL))`
      return bindNames(`tm${depth}`, [sql], (source) =>
        bindNames(
          `tn${depth}`,
          [list(source)],
          (made) => `CASE WHEN ${present(made)} = ${present(source)} THEN ${made} END`,
        ),
      )
    }
    case 'map': {
      const value = mapTimes(`${name}.value`, type.value, leaf, depth + 1, strict)
      const entries = `list_transform(map_entries(${sql}), lambda ${name}: struct_pack(k := ${name}.key, v := ${value}))`
      return `map_from_entries(${entries})`
    }
    case 'struct':
      return bindNames(`ts${depth}`, [sql], (x) => {
        const fields = type.fields.map((field) => {
          const value = mapTimes(`struct_extract(${x}, ${quoteText(field.name)})`, field.type, leaf, depth + 1, strict)
          return `${quoteName(field.name)} := ${value}`
        })
        return `CASE WHEN ${x} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`
      })
    default:
      return leaf(sql, type)
  }
}
