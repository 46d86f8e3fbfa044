import { BUNDLED_PROPERTIES } from './bundled-properties.ts'
import { type Field, type Shape, shapeOf } from './describe.ts'
import type { Engine } from './driver-access.ts'
import { unsupportedAt } from './engine-support.ts'
import type { KindDefinition } from './kinds.ts'
import { SparkApplications } from './resource-types.ts'

interface Row {
  readonly path: string
  readonly field: Field
}

/** Every field of a schema with its path: `driver.ports[].name`, `sparkConf`. */
export const fieldRows = (shape: Shape, prefix = ''): readonly Row[] => {
  if (shape.kind === 'list') return fieldRows(shape.item, `${prefix}[]`)
  if (shape.kind === 'map') return fieldRows(shape.value, `${prefix}.*`)
  if (shape.kind !== 'object') return []
  return shape.fields.flatMap((field) => {
    const path = prefix === '' ? field.name : `${prefix}.${field.name}`
    return [{ path, field }, ...fieldRows(field.shape, path)]
  })
}

/** The reference page of a kind, in Markdown. */
export const referenceOf = (definition: KindDefinition): string => {
  const { type } = definition
  const engines = type.kind === SparkApplications.kind
  const parts = (['spec', 'status'] as const).flatMap((part) => {
    const schema = definition[part]
    return schema === undefined
      ? []
      : [`## ${part}`, '', shapeOf(schema).doc, '', ...rulesOf(part, schema), table(part, schema, engines), '']
  })
  return [
    `# ${type.kind}`,
    '',
    '<!-- Made from src/api by `npm run generate`. Change the schema, not this page. -->',
    '',
    `${definition.description}`,
    '',
    `\`${type.group}/${type.version}\`, \`kubectl get ${type.plural}.${type.group}\`, short name \`${definition.shortNames.join('`, `')}\`.`,
    '',
    ...(engines ? [ENGINES, ''] : []),
    '## Name',
    '',
    ...definition.nameRules.map(({ message }) => `- ${message}`),
    '',
    ...parts,
    ...(engines ? propertyTable() : []),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

const ENGINES = `The last columns say whether the bundled engine (types SQL, TypeScript and JavaScript) and Apache Spark (types Java,
Scala, Python and R) honour a field. A field that the engine of a type does not honour is accepted and named in the
condition \`FieldsIgnored\`.`

const propertyTable = (): readonly string[] => [
  '## sparkConf',
  '',
  'Properties that the bundled engine reads. Others under `spark.` are named in `FieldsIgnored`.',
  '',
  '| Property | Meaning |',
  '| --- | --- |',
  ...Object.entries(BUNDLED_PROPERTIES).map(([key, meaning]) => `| \`${key}\` | ${meaning} |`),
]

const rulesOf = (part: string, schema: Parameters<typeof shapeOf>[0]): readonly string[] => {
  const shape = shapeOf(schema)
  const transitions = shape.kind === 'object' ? shape.transitions : []
  const rules = [...shape.rules, ...transitions].map(({ message }) => `- ${message}`)
  return rules.length === 0 ? [] : [`Rules over ${part} as a whole:`, '', ...rules, '']
}

const table = (part: 'spec' | 'status', schema: Parameters<typeof shapeOf>[0], engines: boolean): string => {
  const withEngine = engines && part === 'spec'
  const head = [
    'Field',
    'Type',
    'Default',
    'Limits',
    'Meaning',
    ...(withEngine ? ['Bundled engine', 'Apache Spark'] : []),
  ]
  const rows = fieldRows(shapeOf(schema)).map(({ path, field }) => [
    `\`${path}\``,
    typeText(field.shape),
    field.default === undefined ? (field.required ? 'required' : '') : `\`${JSON.stringify(field.default)}\``,
    limits(field.shape),
    field.shape.doc,
    ...(withEngine ? [engineText(path, 'bundled'), engineText(path, 'spark')] : []),
  ])
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n')
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const engineText = (path: string, engine: Engine): string => {
  const gap = unsupportedAt(path, engine)
  return gap === undefined ? 'yes' : `${gap.partly ? 'partly' : 'no'}: ${gap.message}`
}

const typeText = (shape: Shape): string => {
  switch (shape.kind) {
    case 'object':
      return shape.preserveUnknown ? 'object, kept as written' : 'object'
    case 'map':
      return `map of ${typeText(shape.value)}`
    case 'list':
      return `list of ${typeText(shape.item)}`
    case 'enum':
      return 'string'
    case 'int-or-string':
      return 'integer or string'
    case 'string':
      return shape.format === 'date-time' ? 'time' : 'string'
    default:
      return shape.kind
  }
}

const limits = (shape: Shape): string => [...boundTexts(shape), ...shape.rules.map(({ message }) => message)].join('; ')

const boundTexts = (shape: Shape): readonly string[] => {
  switch (shape.kind) {
    case 'enum':
      return [shape.values.map((value) => `\`${value}\``).join(', ')]
    case 'integer':
      return [`${shape.min} to ${shape.max}`]
    case 'string':
      return [shape.min ? `${shape.min} to ${shape.max} characters` : `at most ${shape.max} characters`]
    case 'list':
      return [shape.min ? `${shape.min} to ${shape.max} items` : `at most ${shape.max} items`]
    case 'map':
      return [`at most ${shape.max} entries`]
    default:
      return []
  }
}
