import type { ExpressionSyntax } from '../syntax.ts'
import { printName, printType, printWindow } from './print-expression.ts'
import { printPlan } from './print-plan.ts'

const list = (expressions: readonly ExpressionSyntax[]): string => expressions.map(shape).join(' ')

/** An expression as an s-expression: what tables of tests compare, without its places. */
export const shape = (expression: ExpressionSyntax): string => {
  switch (expression.kind) {
    case 'name':
      return expression.parts.map((part) => (/^\w+$/.test(part) ? part : printName(part))).join('.')
    case 'star':
      return `${[...expression.qualifier, '*'].join('.')}${expression.except === undefined ? '' : `-(${expression.except.join(' ')})`}`
    case 'literal': {
      const { value, type } = expression
      if (value === null || type.kind === 'boolean' || type.kind === 'integer') return String(value)
      if (type.kind === 'string') return `'${value}'`
      if (value instanceof Uint8Array) return `${Buffer.from(value).toString('hex')}:binary`
      return `${value}:${type.kind === 'decimal' ? `decimal(${type.precision},${type.scale})` : type.kind}`
    }
    case 'interval':
      return `(interval ${expression.parts.map(({ value, unit }) => `${shape(value)} ${unit}`).join(' ')})`
    case 'call': {
      const flags = [
        expression.distinct ? ' distinct' : '',
        expression.withinGroup === undefined
          ? ''
          : ` within:${expression.withinGroup.map((o) => `${shape(o.expression)}${o.descending ? '-' : '+'}`).join(' ')}`,
        expression.filter === undefined ? '' : ` filter:${shape(expression.filter)}`,
        expression.ignoreNulls ? ' ignore-nulls' : '',
        expression.over === undefined ? '' : ` over:${printWindow(expression.over, printPlan).replaceAll('`', '')}`,
      ].join('')
      return `(${[expression.name, ...expression.args.map(shape)].join(' ')}${flags})`
    }
    case 'named-argument':
      return `${expression.name}=>${shape(expression.value)}`
    case 'cast':
      return `(${expression.try ? 'try_cast' : 'cast'} ${shape(expression.child)} ${printType(expression.type).replaceAll('`', '')})`
    case 'case': {
      const branches = expression.branches.map(({ when, then }) => ` [${shape(when)} ${shape(then)}]`).join('')
      const operand = expression.operand === undefined ? '' : ` ${shape(expression.operand)}`
      return `(case${operand}${branches}${expression.otherwise === undefined ? '' : ` else ${shape(expression.otherwise)}`})`
    }
    case 'in':
      return `(in ${shape(expression.value)} [${list(expression.list)}])`
    case 'in-subquery':
      return `(in-query [${list(expression.values)}])`
    case 'exists':
    case 'scalar-subquery':
      return `(${expression.kind})`
    case 'lambda':
      return `(${expression.parameters.join(' ')} -> ${shape(expression.body)})`
    case 'alias':
      return `(as ${shape(expression.child)} ${expression.names.join(' ')})`
    case 'udf':
      return `(udf ${expression.id} ${list(expression.args)})`
  }
}
