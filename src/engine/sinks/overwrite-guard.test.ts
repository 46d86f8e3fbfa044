import { describe, expect, it } from 'vitest'
import { whyNotOverwrite } from './overwrite-guard.ts'

describe('what may not be overwritten', () => {
  const precious = { home: '/home/ann', working: '/srv/work/job' }

  it.each([
    ['/', 'it is the root directory'],
    ['/home/ann', 'it is the home directory'],
    ['/home/ann/', 'it is the home directory'],
    ['/home', 'the home directory (/home/ann) is in it'],
    ['/srv/work/job', 'it is the working directory'],
    ['/srv', 'the working directory (/srv/work/job) is in it'],
    ['/home/ann/out', undefined],
    ['/srv/work/job/out', undefined],
    ['/srv/work/job2', undefined],
    ['/srv/work/jo', undefined],
    ['/data', undefined],
  ])('%s: %s', (root, why) => {
    expect(whyNotOverwrite(root, precious)).toBe(why)
  })

  it('forbids nothing but the root where that is the home and working directory too', () => {
    expect(whyNotOverwrite('/data', { home: '/', working: '/' })).toBeUndefined()
  })
})
