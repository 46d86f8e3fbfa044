import { describe, expect, it } from 'vitest'
import { operatorOptions } from './operator-options.ts'

describe('operatorOptions', () => {
  it('has defaults for everything', () => {
    expect(operatorOptions([], {})).toEqual({
      kubeconfig: undefined,
      namespace: undefined,
      leaseNamespace: 'bellows-system',
      leaderElection: true,
      workers: 16,
      listen: { host: '0.0.0.0', port: 8080 },
      image: 'bellows:dev',
      logLevel: 'info',
      driverStartTimeoutSeconds: 60,
      unschedulableTimeoutSeconds: undefined,
      defaultTimeToLiveSeconds: undefined,
    })
  })

  it('lets flags win over the environment', () => {
    const options = operatorOptions(['--image', 'a:1', '--listen', '[::1]:0'], {
      BELLOWS_IMAGE: 'b:2',
      BELLOWS_NAMESPACE: 'x',
    })
    expect(options).toMatchObject({ image: 'a:1', namespace: 'x', listen: { host: '::1', port: 0 } })
  })

  it('refuses what cannot be used, with a sentence', () => {
    expect(() => operatorOptions(['--workers', '0'], {})).toThrow('give 1 to 256')
    expect(() => operatorOptions(['--listen', '8080'], {})).toThrow('give HOST:PORT')
    expect(() => operatorOptions(['--log-level', 'loud'], {})).toThrow('the levels are')
    expect(() => operatorOptions(['--driver-start-timeout', '0'], {})).toThrow('give whole seconds')
    expect(() => operatorOptions(['--nonsense'], {})).toThrow()
  })

  it('answers --help', () => {
    expect(operatorOptions(['--help'], {})).toBeUndefined()
  })
})
