import type { JoinType } from '../sql/syntax.ts'

/** Source of the names: Spark's JoinType. */
export const joinType = (name: string): JoinType | undefined => {
  switch (name.toLowerCase().replaceAll('_', '')) {
    case 'inner':
      return 'inner'
    case 'cross':
      return 'cross'
    case 'left':
    case 'leftouter':
      return 'left'
    case 'right':
    case 'rightouter':
      return 'right'
    case 'outer':
    case 'full':
    case 'fullouter':
      return 'full'
    case 'semi':
    case 'leftsemi':
      return 'semi'
    case 'anti':
    case 'leftanti':
      return 'anti'
    default:
      return undefined
  }
}
