/** An object, or what a path with a glob stands for. */
export interface ObjectPath {
  readonly bucket: string
  readonly key: string
}

const S3 = /^s3[an]?:\/\/([^/]+)(?:\/(.*))?$/s

export const isS3 = (path: string): boolean => /^s3[an]?:\/\//.test(path)

/** Undefined: no path of an object store, or without a bucket. */
export const objectPath = (path: string): ObjectPath | undefined => {
  const [, bucket, key = ''] = S3.exec(path) ?? []
  return bucket === undefined ? undefined : { bucket, key }
}

export const objectUrl = ({ bucket, key }: ObjectPath): string => `s3a://${bucket}/${key}`

const SPECIAL = /[*?[{]/

export const hasGlob = (key: string): boolean => SPECIAL.test(key)

/** All keys that a glob can match begin so. */
export const literalPrefix = (key: string): string => {
  const at = key.search(SPECIAL)
  return at < 0 ? key : key.slice(0, at)
}

/**
 * A glob as a regular expression over keys; what is below a match is in group 1.
 * Source: Hadoop's FileSystem.globStatus: ? * [abc] [a-b] [^a] {ab,cd}, none of which crosses a slash.
 */
export const globPattern = (glob: string): RegExp => {
  let text = ''
  let depth = 0
  for (let index = 0; index < glob.length; index++) {
    const letter = glob[index]!
    const close = letter === '[' ? glob.indexOf(']', index + 1) : -1
    if (letter === '*') text += '[^/]*'
    else if (letter === '?') text += '[^/]'
    else if (close > 0) {
      text += `[${glob
        .slice(index + 1, close)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')}]`
      index = close
    } else if (letter === '{') {
      text += '(?:'
      depth++
    } else if (letter === '}' && depth > 0) {
      text += ')'
      depth--
    } else if (letter === ',' && depth > 0) text += '|'
    else text += letter.replace(/[\\^$.|+()[\]{}]/, '\\$&')
  }
  return new RegExp(`^${text.replace(/\/$/, '')}(/.*)?$`, 's')
}

/** Names with _ or . in front are no data; `k=v` directories may begin so. Source: Spark's HadoopFSUtils.shouldFilterOutPathName. */
export const isHiddenBelow = (below: string): boolean =>
  below.split('/').some((name) => (name.startsWith('_') && !name.includes('=')) || name.startsWith('.'))
