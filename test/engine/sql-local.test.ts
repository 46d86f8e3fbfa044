import { defineSqlSuite } from './define-sql-suite.ts'

defineSqlSuite('local')
