import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadManifests } from './load-manifests.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellows-load-test-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const write = (name: string, text: string): string => {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}
const manifest = (name: string): string => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}`
const names = (path: string, recursive: boolean): readonly string[] =>
  loadManifests([path], { executors: 1, recursive }).map(({ object }) => object.metadata.name)

it('walks subfolders only where it is asked to, and never hidden ones', () => {
  write('a.yaml', manifest('a'))
  write('sub/deep/b.YML', manifest('b'))
  write('.git/c.yaml', manifest('c'))
  write('node_modules/d.yaml', manifest('d'))
  expect(names(directory, true)).toEqual(['a', 'b'])
  expect(names(directory, false)).toEqual(['a'])
  expect(() => names(join(directory, 'sub'), false)).toThrow('its subfolders are not run')
})

it('takes extensions in any case', () => {
  expect(names(write('Top 10.SQL', 'SELECT 1'), false)).toEqual(['top-10'])
  expect(names(write('X.YAML', manifest('x')), false)).toEqual(['x'])
})

it('names what it supports when it does not know an extension', () => {
  const path = write('etl.py', 'print(1)')
  expect(() => names(path, false)).toThrow(/does not know files \*\.py; it takes manifests \(\.yaml.*\.sql/)
})

it('runs a program where it lies, so that it can import its neighbours, and hands a script over', () => {
  writeFileSync(join(directory, 'a.ts'), 'export {}')
  writeFileSync(join(directory, 'b.sql'), 'SELECT 1')
  const files = [join(directory, 'a.ts'), join(directory, 'b.sql')]
  const [program, script] = loadManifests(files, { executors: 2, recursive: false })
  expect(program?.object.spec).toMatchObject({ mainApplicationFile: files[0], executor: { instances: 2 } })
  expect(script?.object.spec).toMatchObject({ program: 'SELECT 1' })
})
