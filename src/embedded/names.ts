/** The syntax rules of names and labels. Source: apimachinery pkg/util/validation. Each gives the reasons to refuse. */
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const VALUE = `(${QUALIFIED})?`

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)
const labelPattern = whole(LABEL)
const subdomainPattern = whole(SUBDOMAIN)
const qualifiedPattern = whole(QUALIFIED)
const valuePattern = whole(VALUE)

const explained = (sentence: string, pattern: string, ...examples: readonly string[]): string =>
  `${sentence} (e.g. ${examples.map((example) => `'${example}'`).join(',  or ')}, regex used for validation is '${pattern}')`
const noMoreThan = (limit: number, unit = 'bytes'): string => `must be no more than ${limit} ${unit}`

export const dnsLabelErrors = (text: string): string[] => [
  ...(text.length > 63 ? [noMoreThan(63)] : []),
  ...(labelPattern.test(text)
    ? []
    : [
        explained(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          LABEL,
          'my-name',
          '123-abc',
        ),
      ]),
]

export const dnsSubdomainErrors = (text: string): string[] => [
  ...(text.length > 253 ? [noMoreThan(253, 'characters')] : []),
  ...(subdomainPattern.test(text)
    ? []
    : [
        explained(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
          SUBDOMAIN,
          'example.com',
        ),
      ]),
]

/** Names of RBAC objects may hold anything that fits into one segment of a URL's path. */
export const pathSegmentErrors = (text: string): string[] => [
  ...(text === '.' || text === '..' ? [`may not be '${text}'`] : []),
  ...(text.includes('/') ? ["may not contain '/'"] : []),
  ...(text.includes('%') ? ["may not contain '%'"] : []),
]

/** Keys of labels and annotations: an optional DNS prefix and a name. */
export const qualifiedNameErrors = (text: string): string[] => {
  const parts = text.split('/')
  if (parts.length > 2) {
    return [
      `a valid label key ${explained("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", QUALIFIED, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const [prefix, name] = parts.length === 2 ? [parts[0], parts[1] ?? ''] : [undefined, text]
  return [
    ...(prefix === '' ? ['prefix part must be non-empty'] : []),
    ...(prefix === undefined || prefix === '' ? [] : dnsSubdomainErrors(prefix).map((why) => `prefix part ${why}`)),
    ...(name === '' ? ['name part must be non-empty'] : []),
    ...(name.length > 63 ? [`name part ${noMoreThan(63)}`] : []),
    ...(name === '' || qualifiedPattern.test(name)
      ? []
      : [
          explained(
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
            QUALIFIED,
            'MyName',
            'my.name',
            '123-abc',
          ),
        ]),
  ]
}

export const labelValueErrors = (text: string): string[] => [
  ...(text.length > 63 ? [noMoreThan(63)] : []),
  ...(valuePattern.test(text)
    ? []
    : [
        explained(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          VALUE,
          'MyValue',
          'my_value',
          '12345',
        ),
      ]),
]
