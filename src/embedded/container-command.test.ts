import { expect, it } from 'vitest'
import { containerCommand, ImageError, namesBellows } from './container-command.ts'

const rules = { isBellowsImage: namesBellows, node: '/bin/node' }

it.each([
  ['bellows:dev', true],
  ['registry.example:5000/team/bellows@sha256:0', true],
  ['bellows-spark:1', true],
  ['fake/notbellows', false],
  ['bellows.example/other:1', false],
])('%s is ours: %s', (image, ours) => {
  expect(namesBellows(image)).toBe(ours)
})

it('gives our image node as entrypoint, and as the node of its path', () => {
  const container = { name: 'main', image: 'bellows:dev' }
  expect(containerCommand({ ...container, args: ['a.ts'] }, rules)).toEqual(['/bin/node', 'a.ts'])
  expect(containerCommand({ ...container, command: ['node', 'a.ts'], args: ['x'] }, rules)).toEqual([
    '/bin/node',
    'a.ts',
    'x',
  ])
  expect(containerCommand({ ...container, command: ['sh', '-c'] }, rules)).toEqual(['sh', '-c'])
})

it('runs other images only by their command', () => {
  const container = { name: 'main', image: 'busybox' }
  expect(containerCommand({ ...container, command: ['echo'], args: ['x'] }, rules)).toEqual(['echo', 'x'])
  expect(() => containerCommand({ ...container, args: ['x'] }, rules)).toThrow(ImageError)
})
