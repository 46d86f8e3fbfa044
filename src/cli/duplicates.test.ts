import { expect, it } from 'vitest'
import { duplicates } from './duplicates.ts'

const manifest = (source: string, kind: string, name: string, namespace?: string) => ({
  source,
  object: { apiVersion: 'v1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
})

it('names both files', () => {
  const found = duplicates([manifest('a/top.sql', 'X', 'top'), manifest('b/top.sql', 'X', 'top', 'default')])
  expect(found).toMatchObject([{ source: 'b/top.sql', object: 'X/top', severity: 'error' }])
  expect(found[0]!.message).toContain('a/top.sql')
})

it('lets kinds and namespaces apart', () => {
  const all = [manifest('a', 'X', 'n'), manifest('b', 'Y', 'n'), manifest('c', 'X', 'n', 'other')]
  expect(duplicates(all)).toEqual([])
})
