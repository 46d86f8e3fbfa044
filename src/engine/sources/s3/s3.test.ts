import { describe, expect, it } from 'vitest'
import { globPattern, isHiddenBelow, literalPrefix, objectPath } from './object-path.ts'
import { type ColumnChunk, cutRanges, merged, missing, neededRanges } from './parquet-ranges.ts'
import { s3Credentials, s3Place } from './s3-settings.ts'

const A = 'spark.hadoop.fs.s3a.'

describe('paths', () => {
  it.each([
    ['a/*.parquet', 'a/x.parquet', true],
    ['a/*.parquet', 'a/b/x.parquet', false],
    ['a/*', 'a/b/x.parquet', true],
    ['a/{b,c}/x?', 'a/c/x1', true],
    ['a/[0-9]x', 'a/5x', true],
    ['a/[^0-9]x', 'a/5x', false],
    ['a.b', 'axb', false],
    ['a', 'ab', false],
  ])('%s and %s: %s', (glob, key, matches) => {
    expect(globPattern(glob).test(key)).toBe(matches)
  })

  it('takes buckets, prefixes and hidden names apart', () => {
    expect(objectPath('s3a://bucket/a b/c')).toEqual({ bucket: 'bucket', key: 'a b/c' })
    expect(objectPath('s3://bucket')).toEqual({ bucket: 'bucket', key: '' })
    expect(objectPath('hdfs://x/y')).toBeUndefined()
    expect(literalPrefix('a/b*/c')).toBe('a/b')
    expect(isHiddenBelow('a/_temporary/x')).toBe(true)
    expect(isHiddenBelow('_k=1/x')).toBe(false)
  })
})

describe('settings', () => {
  it('go by bucket, then by store, then by the environment', () => {
    const conf = { [`${A}endpoint`]: 'http://store:9000/', [`${A}bucket.one.endpoint`]: 'one.example.com' }
    expect(s3Place(conf, {}, 'one')).toMatchObject({ endpoint: 'https://one.example.com', pathStyle: false })
    expect(s3Place(conf, {}, 'two')).toMatchObject({ endpoint: 'http://store:9000', pathStyle: true })
    expect(s3Place({}, { AWS_REGION: 'eu-west-1' }, 'x')).toMatchObject({
      endpoint: 'https://s3.eu-west-1.amazonaws.com',
    })
    expect(s3Credentials({}, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }, 'x')).toMatchObject({
      accessKeyId: 'a',
    })
    expect(() => s3Credentials({ [`${A}access.key`]: 'a' }, {}, 'x')).toThrow(/no credentials for the bucket x/)
  })
})

describe('ranges of Parquet', () => {
  const chunk = (rowGroup: number, path: string, from: number): ColumnChunk => ({
    rowGroup,
    rows: 10,
    path,
    dictionaryOffset: from,
    dataOffset: from + 2,
    bytes: 10,
    bloomOffset: undefined,
    bloomBytes: undefined,
  })
  const chunks = [
    chunk(0, 'a', 4),
    chunk(0, 'b, list, element', 14),
    chunk(1, 'a', 24),
    chunk(1, 'b, list, element', 34),
  ]

  it('are those of the columns and row groups', () => {
    expect(neededRanges(chunks, ['A'], undefined)).toEqual([
      { from: 4, to: 14 },
      { from: 24, to: 34 },
    ])
    expect(neededRanges(chunks, ['b'], { from: 10, to: 19 })).toEqual([{ from: 34, to: 44 }])
    expect(neededRanges([{ ...chunk(0, 'a', 4), bloomOffset: 90 }], ['a'], undefined)).toBeUndefined()
    expect(neededRanges([{ ...chunk(0, 'a', 4), bloomOffset: 90, bloomBytes: 5 }], ['a'], undefined)).toEqual([
      { from: 4, to: 14 },
      { from: 90, to: 95 },
    ])
  })

  it('are merged, cut, and fetched once', () => {
    const some = [
      { from: 10, to: 20 },
      { from: 0, to: 5 },
      { from: 18, to: 25 },
    ]
    expect(merged(some, 0)).toEqual([
      { from: 0, to: 5 },
      { from: 10, to: 25 },
    ])
    expect(merged(some, 5)).toEqual([{ from: 0, to: 25 }])
    expect(missing([{ from: 0, to: 30 }], merged(some, 0))).toEqual([
      { from: 5, to: 10 },
      { from: 25, to: 30 },
    ])
    expect(cutRanges([{ from: 0, to: 25 }], 10)).toEqual([
      { from: 0, to: 10 },
      { from: 10, to: 20 },
      { from: 20, to: 25 },
    ])
  })
})
