import { tableName } from '../query/table-record.ts'
import type { SparkSession } from './spark-session.ts'

export interface CatalogTable {
  readonly name: string
  /** Absent for temporary views. */
  readonly database?: string
  readonly tableType: 'TEMPORARY' | 'MANAGED' | 'EXTERNAL' | 'VIEW'
  readonly isTemporary: boolean
}

/** What names there are, after Spark's class of the same name: temporary views, and what the warehouse holds. */
export class Catalog {
  private readonly session: SparkSession

  constructor(session: SparkSession) {
    this.session = session
  }

  /** Tables and views of the database (absent: the current one), then temporary views. */
  listTables(database?: string): Promise<readonly CatalogTable[]> {
    return this.session.warehouse((warehouse, current) => {
      const place = database?.toLowerCase() ?? current
      if (!warehouse.hasDatabase(place)) throw warehouse.noDatabase(place)
      const kept = warehouse.names(place).flatMap((name): readonly CatalogTable[] => {
        const record = warehouse.find({ database: place, table: name })
        if (record === undefined) return []
        const tableType = record.kind === 'view' ? 'VIEW' : record.location === undefined ? 'MANAGED' : 'EXTERNAL'
        return [{ name, database: place, tableType, isTemporary: false }]
      })
      const views = this.session
        .viewNames()
        .map((name): CatalogTable => ({ name, tableType: 'TEMPORARY', isTemporary: true }))
      return [...kept, ...views]
    })
  }

  listDatabases(): Promise<readonly string[]> {
    return this.session.warehouse((warehouse) => warehouse.databases())
  }

  databaseExists(name: string): Promise<boolean> {
    return this.session.warehouse((warehouse) => warehouse.hasDatabase(name.toLowerCase()))
  }

  currentDatabase(): Promise<string> {
    return this.session.warehouse((_, current) => current)
  }

  setCurrentDatabase(name: string): void {
    this.session.useDatabase(name)
  }

  tableExists(name: string): Promise<boolean> {
    const parts = name.split('.')
    return this.session.warehouse(
      (warehouse, current) =>
        (parts.length === 1 && this.session.viewNames().includes(name.toLowerCase())) ||
        warehouse.find(tableName(parts, current)) !== undefined,
    )
  }

  /** Whether there was a view of that name. */
  dropTempView(name: string): boolean {
    return this.session.dropView(name)
  }
}
