import type { DataSource } from '../data-source.ts'
export const deltaSource: DataSource = {
  name: 'delta',
  open: () => {
    throw new Error('todo')
  },
}
