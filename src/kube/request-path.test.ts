import { expect, test } from 'vitest'
import { collectionPath, objectPath, withQuery } from './request-path.ts'
import { Events, Nodes, Pods } from './resource-type.ts'

test('core and named groups, namespaced or not, have the paths of the API', () => {
  expect(collectionPath(Pods, 'team')).toBe('/api/v1/namespaces/team/pods')
  expect(collectionPath(Pods, undefined)).toBe('/api/v1/pods')
  expect(collectionPath(Events, 'team')).toBe('/apis/events.k8s.io/v1/namespaces/team/events')
  expect(objectPath(Nodes, { name: 'n' }, 'status')).toBe('/api/v1/nodes/n/status')
})

test('names cannot leave their place in the path', () => {
  expect(objectPath(Pods, { namespace: 'a/../b', name: '../c?x' })).toBe(
    '/api/v1/namespaces/a%2F..%2Fb/pods/..%2Fc%3Fx',
  )
  expect(withQuery('/p', { labelSelector: 'a=b,c in (d)', limit: 0, watch: true, continue: '', x: undefined })).toBe(
    '/p?labelSelector=a%3Db%2Cc%20in%20(d)&limit=0&watch=true',
  )
})

test('a path without a name or a namespace would mean more than was asked', () => {
  expect(() => objectPath(Pods, { name: 'a' })).toThrow('needs a namespace')
  expect(() => objectPath(Pods, { namespace: 'a', name: '' })).toThrow('needs a name')
})
