import { fault, type ScriptTable } from './script-function.ts'

interface Uri {
  readonly scheme: string | null
  readonly authority: string | null
  readonly path: string | null
  readonly query: string | null
  readonly fragment: string | null
}

const LEGAL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is not legal
  /^(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,[\]#]|%[0-9A-Fa-f]{2}|[^\u0000-\u00a0\u2028\u2029\u3000\u2000-\u200b])*$/
const PARTS = /^(?:([A-Za-z][A-Za-z0-9+\-.]*):)?([^#]*)(?:#([\s\S]*))?$/

/** The parts of a URI; undefined: it is none. Source: java.net.URI. */
const readUri = (text: string): Uri | undefined => {
  if (text === '') return { scheme: null, authority: null, path: '', query: null, fragment: null }
  if (!LEGAL.test(text) || text.indexOf('#') !== text.lastIndexOf('#')) return undefined
  const [, scheme = null, rest = '', fragment = null] = PARTS.exec(text) ?? []
  if (scheme === null && /^[^/?]*:/.test(rest)) return undefined
  if (scheme !== null && rest === '') return undefined
  // mailto:x@y: no hierarchy.
  if (scheme !== null && !rest.startsWith('/')) return { scheme, authority: null, path: null, query: null, fragment }
  const [, authority = null, path = '', query = null] = /^(?:\/\/([^/?]*))?([^?]*)(?:\?([\s\S]*))?$/.exec(rest) ?? []
  if (/[[\]]/.test(path)) return undefined
  if (authority !== null && /[[\]]/.test(authority.replace(/^(?:[^@]*@)?\[[0-9A-Fa-f:.%]+\](?::\d*)?$/, '')))
    return undefined
  if (authority === '' && path === '') return undefined
  return { scheme, authority: authority === '' ? null : authority, path, query, fragment }
}

const HOST =
  /^(?:([^@]*)@)?((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*(?:[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?)\.?|\d+\.\d+\.\d+\.\d+|\[[^\]]+\])(?::(\d*))?$/

const part = (uri: Uri, name: string): string | null => {
  const server = uri.authority === null ? null : HOST.exec(uri.authority)
  switch (name) {
    case 'HOST':
      return server?.[2] ?? null
    case 'PATH':
      return uri.path
    case 'QUERY':
      return uri.query
    case 'REF':
      return uri.fragment
    case 'PROTOCOL':
      return uri.scheme
    case 'FILE':
      return uri.query === null ? uri.path : `${uri.path ?? ''}?${uri.query}`
    case 'AUTHORITY':
      return uri.authority
    case 'USERINFO':
      return server?.[1] ?? null
    default:
      return null
  }
}

const url =
  (tries: boolean) =>
  ({ ansi }: { readonly ansi: boolean }) =>
  (text: string, name: string, key?: string): string | null => {
    const uri = readUri(text)
    if (uri === undefined) {
      if (tries || !ansi) return null
      throw fault(
        'INVALID_URL',
        `The url is invalid: ${text}. Use try_parse_url to tolerate it and return NULL instead`,
      )
    }
    if (key === undefined) return part(uri, name)
    if (name !== 'QUERY' || uri.query === null) return null
    const found = uri.query.split('&').find((pair) => pair.startsWith(`${key}=`))
    return found === undefined ? null : found.slice(key.length + 1)
  }

export const URL_PART: ScriptTable = {
  parseurl: { make: url(false) },
  tryparseurl: { make: url(true) },
}
