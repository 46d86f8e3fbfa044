import { writeTables } from './tables.ts'

// For make_expected.py: node write-tables.ts DIRECTORY
await writeTables(process.argv[2]!)
