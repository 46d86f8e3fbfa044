import type { SparkSession } from './spark-session.ts'

export interface CatalogTable {
  readonly name: string
  readonly tableType: 'TEMPORARY'
  readonly isTemporary: true
}

/** What names there are, after Spark's class of the same name. Views only: there is no metastore. */
export class Catalog {
  private readonly session: SparkSession

  constructor(session: SparkSession) {
    this.session = session
  }

  listTables(): readonly CatalogTable[] {
    return this.session.viewNames().map((name) => ({ name, tableType: 'TEMPORARY', isTemporary: true }))
  }

  tableExists(name: string): boolean {
    return this.session.viewNames().includes(name.toLowerCase())
  }

  /** Whether there was a view of that name. */
  dropTempView(name: string): boolean {
    return this.session.dropView(name)
  }
}
