import type { Expression } from '../plan/expression.ts'
import { unsupported } from './refuse.ts'

/**
 * Java's regular expressions that RE2 has not, or has with another meaning: look-around, back references, possessive
 * quantifiers, atomic groups, \R \h \H \X \G \Z \k, classes with && or nested brackets.
 */
const FOREIGN = /\\[1-9RhHXGZkN]|\(\?(?:[=!>]|<[=!])|[*+?}]\+|&&|\[[^\]\\]*\[(?!:)/

/** Throws SqlError unless the pattern is a constant that means the same here as in Java. */
export const checkRegex = (name: string, pattern: Expression): void => {
  if (pattern.kind !== 'literal')
    throw unsupported(`${name} takes a constant pattern only, not one computed of columns`)
  if (typeof pattern.value === 'string' && FOREIGN.test(pattern.value.replaceAll('\\\\', ''))) {
    throw unsupported(
      `The pattern ${JSON.stringify(pattern.value)} of ${name} uses what is not computed here (look-around, back references, possessive quantifiers, \\R \\h \\G \\Z); write it without`,
    )
  }
}
