import { userError } from '../errors.ts'
import { placeAt, SourceTextBuilder } from './source-text.ts'
import { FILE_FORMATS, type FileFormat, type QueryText, type Statement } from './statement.ts'
import { TokenReader } from './token-reader.ts'
import { type Token, tokenize, unquote } from './tokens.ts'

/** Cuts a script at its semicolons and reads each statement. Throws EngineError with statement, line and column. */
export const parseScript = (script: string): readonly Statement[] => {
  const statements: Statement[] = []
  let current: Token[] = []
  const finish = () => {
    if (current.some(isCode)) statements.push(parseStatement(script, current, statements.length + 1))
    current = []
  }
  for (const token of tokenize(script)) {
    if (!token.closed) {
      const { line, column } = placeAt(script, token.start)
      throw userError(
        `statement ${statements.length + 1}, line ${line}, column ${column}: ` +
          `${token.kind === 'comment' ? 'a comment' : `${token.text[0]}…`} is opened here and never closed`,
      )
    }
    if (token.kind === 'symbol' && token.text === ';') finish()
    else current.push(token)
  }
  finish()
  return statements
}

const isCode = (token: Token): boolean => token.kind !== 'space' && token.kind !== 'comment'

const parseStatement = (script: string, tokens: readonly Token[], number: number): Statement => {
  const reader = new TokenReader(script, tokens, number)
  const base = { number, start: reader.here() }
  const query = () => queryText(reader.rest())
  if (reader.sees('SELECT', 'WITH', 'FROM', 'VALUES') || reader.seesSymbol('(')) {
    return { ...base, kind: 'query', query: query() }
  }
  if (reader.take('EXPLAIN')) {
    while (reader.take('EXTENDED', 'FORMATTED', 'COST', 'CODEGEN')) {
      // Spark's modes all show the one plan there is.
    }
    return { ...base, kind: 'explain', query: query() }
  }
  if (reader.sees('CREATE')) return { ...base, ...parseCreate(reader) }
  if (reader.take('DROP')) {
    if (!reader.take('VIEW')) throw reader.unsupported('DROP VIEW is the only DROP there is: there are no tables')
    const ifExists = reader.take('IF') ? reader.need('EXISTS') : false
    const name = reader.name('the view')
    reader.end()
    return { ...base, kind: 'drop-view', name, ifExists }
  }
  if (reader.sees('INSERT')) return { ...base, ...parseInsert(reader) }
  if (reader.take('SET')) return { ...base, ...parseSet(reader) }
  throw reader.unsupported(
    'SELECT, WITH, EXPLAIN, CREATE [OR REPLACE] TEMPORARY VIEW, DROP VIEW, INSERT OVERWRITE DIRECTORY and SET are',
  )
}

const parseCreate = (reader: TokenReader) => {
  reader.need('CREATE')
  const replace = reader.take('OR') ? reader.need('REPLACE') : false
  reader.take('GLOBAL')
  const temporary = reader.take('TEMP', 'TEMPORARY')
  if (!reader.take('VIEW'))
    throw reader.unsupported('only CREATE [OR REPLACE] TEMPORARY VIEW is: there is no catalog of tables')
  if (!temporary) throw reader.unsupported('write CREATE TEMPORARY VIEW: views live as long as the application')
  const name = reader.name('the view')
  const columns = reader.seesSymbol('(') ? reader.nameList() : []
  if (reader.take('USING')) {
    if (columns.length > 0) throw reader.expected('AS SELECT …: a view over files takes its columns from the files')
    const format = parseFormat(reader)
    const options = reader.take('OPTIONS') ? reader.options() : {}
    reader.end()
    return { kind: 'create-file-view' as const, name, replace, format, options }
  }
  if (!reader.take('AS')) throw reader.expected('USING parquet|csv|json|text OPTIONS (path …), or AS SELECT …')
  return { kind: 'create-view' as const, name, replace, columns, query: queryText(reader.rest()) }
}

const parseInsert = (reader: TokenReader) => {
  reader.need('INSERT')
  if (!reader.take('OVERWRITE')) throw reader.unsupported('only INSERT OVERWRITE DIRECTORY is: there are no tables')
  reader.take('LOCAL')
  if (!reader.take('DIRECTORY')) throw reader.unsupported('only INSERT OVERWRITE DIRECTORY is: there are no tables')
  const named = reader.seesText() ? reader.text('the directory') : undefined
  if (!reader.take('USING')) throw reader.expected('USING parquet|csv|json|text')
  const format = parseFormat(reader)
  const { path: optionPath, ...options } = reader.take('OPTIONS') ? reader.options() : { path: undefined }
  const path = named ?? optionPath
  if (path === undefined) throw reader.expected("the directory: INSERT OVERWRITE DIRECTORY 'path' USING …")
  return {
    kind: 'insert-directory' as const,
    path,
    format,
    options: options as Record<string, string>,
    query: queryText(reader.rest()),
  }
}

const parseFormat = (reader: TokenReader): FileFormat => {
  const word = reader.name('a file format').toLowerCase()
  const format = FILE_FORMATS.find((known) => known === word)
  if (format === undefined) throw reader.unsupported(`files can be ${FILE_FORMATS.join(', ')}, not ${word}`)
  return format
}

const parseSet = (reader: TokenReader) => {
  if (reader.atEnd()) return { kind: 'show-setting' as const, key: undefined }
  const key = reader.key()
  if (reader.atEnd()) return { kind: 'show-setting' as const, key }
  if (!reader.takeSymbol('=')) throw reader.expected('SET key=value')
  return { kind: 'set' as const, key, value: reader.restText() }
}

/** Backticks become double quotes, and format.`path` one quoted name: all else stays as written. */
export const queryText = (tokens: readonly Token[]): QueryText => {
  const built = new SourceTextBuilder()
  const files: QueryText['files'][number][] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    const format = token.kind === 'word' ? FILE_FORMATS.find((known) => known === token.text.toLowerCase()) : undefined
    const path = tokens[i + 2]
    if (format && tokens[i + 1]?.text === '.' && (path?.kind === 'backtick' || path?.kind === 'name')) {
      const name = `${format}.${unquote(path)}`
      files.push({ name, format, path: unquote(path) })
      built.replace(`"${name.replaceAll('"', '""')}"`, token.start)
      i += 2
    } else if (token.kind === 'backtick') built.replace(`"${unquote(token).replaceAll('"', '""')}"`, token.start)
    else built.keep(token.text, token.start)
  }
  return { ...built.done(tokens.at(-1)?.end ?? 0), files }
}

/** One query outside a script, as `spark.sql` and selectExpr get it. */
export const parseQueryText = (text: string): QueryText => queryText(tokenize(text))
