/** Text of a Java properties file, keys in order. Source: java.util.Properties, load(Reader). */
export const propertiesText = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${escapedKey(key)}=${escapedValue(value)}\n`)
    .join('')

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f' }

/** Everything beyond printable ASCII goes as UTF-16 units, which every version of Spark reads. */
const escaped = (text: string): string =>
  text.replace(/[\\\n\r\t\f]/g, (char) => NAMED[char] ?? char).replace(/[^\x20-\x7e]/g, unicode)

const unicode = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

const escapedKey = (key: string): string => escaped(key).replace(/[ :=#!]/g, (char) => `\\${char}`)

/** A blank at the beginning or the end would be trimmed. */
const escapedValue = (value: string): string =>
  escaped(value)
    .replace(/^ +/, (blanks) => '\\u0020'.repeat(blanks.length))
    .replace(/ +$/, (blanks) => '\\u0020'.repeat(blanks.length))
