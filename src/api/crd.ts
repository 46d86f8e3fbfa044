import { type Field, type Shape, shapeOf } from './describe.ts'
import type { KindDefinition } from './kinds.ts'
import type { RuleWords } from './schema.ts'

type Json = Readonly<Record<string, unknown>>

/** Groups under k8s.io need this annotation; a value beginning with `unapproved` says that nobody approved the kind. */
const APPROVAL = 'unapproved, compatible with the kind of the same name published by the Spark operator community'

/** The CustomResourceDefinition of a kind: structural schema, defaults and CEL rules; no webhook. */
export const crdOf = (definition: KindDefinition): Json => {
  const { type } = definition
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${type.plural}.${type.group}`,
      ...(type.group.endsWith('.k8s.io') ? { annotations: { 'api-approved.kubernetes.io': APPROVAL } } : {}),
    },
    spec: {
      group: type.group,
      scope: 'Namespaced',
      names: {
        kind: type.kind,
        listKind: `${type.kind}List`,
        plural: type.plural,
        singular: type.kind.toLowerCase(),
        shortNames: definition.shortNames,
        categories: ['bellows'],
      },
      versions: [
        {
          name: type.version,
          served: true,
          storage: true,
          ...(definition.status === undefined ? {} : { subresources: { status: {} } }),
          additionalPrinterColumns: definition.columns,
          schema: { openAPIV3Schema: rootSchema(definition) },
        },
      ],
    },
  }
}

const rootSchema = (definition: KindDefinition): Json => ({
  type: 'object',
  description: definition.description,
  required: ['metadata', 'spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    // fieldPath of the name rules needs the property.
    metadata: { type: 'object', properties: { name: { type: 'string' } } },
    spec: schemaOf(shapeOf(definition.spec)),
    ...(definition.status === undefined ? {} : { status: schemaOf(shapeOf(definition.status)) }),
  },
  'x-kubernetes-validations': definition.nameRules.map(validation),
})

const validation = ({ rule, message, at }: RuleWords): Json => ({
  rule,
  message,
  ...(at === undefined ? {} : { fieldPath: `.${at}` }),
})

/** The structural schema of a shape. Source: apiextensions.k8s.io/v1 JSONSchemaProps. */
export const schemaOf = (shape: Shape): Json => {
  const validations = [
    ...shape.rules.map(validation),
    ...(shape.kind === 'object' ? shape.transitions.map(({ rule, message }) => ({ rule, message })) : []),
  ]
  return {
    ...(shape.doc === '' ? {} : { description: shape.doc }),
    ...bodyOf(shape),
    ...(validations.length === 0 ? {} : { 'x-kubernetes-validations': validations }),
  }
}

const bounds = (
  names: { readonly min: string; readonly max: string },
  shape: { min?: unknown; max?: unknown },
): Json => ({
  ...(shape.min === undefined ? {} : { [names.min]: shape.min }),
  ...(shape.max === undefined ? {} : { [names.max]: shape.max }),
})

const bodyOf = (shape: Shape): Json => {
  switch (shape.kind) {
    case 'object':
      return objectBody(shape)
    case 'map':
      return {
        type: 'object',
        ...bounds({ min: 'minProperties', max: 'maxProperties' }, { max: shape.max }),
        additionalProperties: schemaOf(shape.value),
      }
    case 'list':
      return {
        type: 'array',
        ...bounds({ min: 'minItems', max: 'maxItems' }, shape),
        ...(shape.mapKeys === undefined
          ? {}
          : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': shape.mapKeys }),
        items: schemaOf(shape.item),
      }
    case 'string':
      return { type: 'string', ...formatOf(shape), ...bounds({ min: 'minLength', max: 'maxLength' }, shape) }
    case 'integer':
      return { type: 'integer', ...formatOf(shape), ...bounds({ min: 'minimum', max: 'maximum' }, shape) }
    case 'enum':
      return { type: 'string', enum: shape.values }
    case 'boolean':
      return { type: 'boolean' }
    case 'int-or-string':
      return { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true }
  }
}

const formatOf = ({ format }: { readonly format: string | undefined }): Json => (format === undefined ? {} : { format })

const objectBody = (shape: Extract<Shape, { kind: 'object' }>): Json => {
  const required = shape.fields.filter((field) => field.required).map((field) => field.name)
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    ...(shape.fields.length === 0
      ? {}
      : { properties: Object.fromEntries(shape.fields.map((field) => [field.name, fieldSchema(field)])) }),
    ...(shape.preserveUnknown ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
  }
}

const fieldSchema = (field: Field): Json => ({
  ...schemaOf(field.shape),
  ...(field.nullable ? { nullable: true } : {}),
  ...(field.default === undefined ? {} : { default: field.default }),
})
