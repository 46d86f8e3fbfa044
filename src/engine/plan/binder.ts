import type { ColumnType, Connection } from '../duckdb/database.ts'
import { type Expression, isSelect, type QueryNode } from '../sql/ast.ts'
import { parseQuery, renderQuery } from '../sql/parser.ts'
import { emptyRows } from './ship.ts'
import type { Relation } from './stage.ts'

/** Binds trees against the relations of a plan. Relations stand in by name and type alone: no file is opened. */
export class Binder {
  private readonly connection: Connection
  private readonly known = new Map<string, Relation>()

  constructor(connection: Connection) {
    this.connection = connection
  }

  async add(name: string, relation: Relation): Promise<void> {
    this.known.set(name, relation)
    await this.connection.createView(name, emptyRows(relation.columns))
  }

  /** A stand-in that is no relation of the plan: the split one, the parts of a stage. */
  async stand(name: string, columns: readonly ColumnType[]): Promise<void> {
    await this.connection.createView(name, emptyRows(columns))
  }

  relation(name: string): Relation | undefined {
    return this.known.get(name)
  }

  relations(): ReadonlyMap<string, Relation> {
    return this.known
  }

  /** Names and types of a query's columns. Throws DatabaseError. */
  async describe(node: QueryNode): Promise<readonly ColumnType[]> {
    return this.connection.describe(await this.render(node))
  }

  /** Binds text as it is, over views of whatever names it uses. */
  describeText(text: string): Promise<readonly ColumnType[]> {
    return this.connection.describe(text)
  }

  async nameView(name: string, node: QueryNode): Promise<void> {
    await this.connection.createView(name, await this.render(node))
  }

  render(node: QueryNode): Promise<string> {
    return renderQuery(this.connection, node)
  }

  parse(text: string): Promise<QueryNode> {
    return parseQuery(this.connection, text)
  }

  async expressions(texts: readonly string[]): Promise<readonly Expression[]> {
    if (texts.length === 0) return []
    const node = await this.parse(`SELECT ${texts.join(', ')}`)
    return isSelect(node) ? node.select_list : []
  }
}
