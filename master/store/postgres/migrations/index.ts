// All migrations, in order. A released migration never changes.

import { tables } from './0001-tables.ts'
import { masters } from './0002-masters.ts'
import { audit } from './0003-audit.ts'
import { masterReport } from './0004-master-report.ts'
import { auditedKeys } from './0005-audited-keys.ts'

export const MIGRATIONS: readonly { name: string; sql: string }[] = [
  { name: '0001-tables', sql: tables },
  { name: '0002-masters', sql: masters },
  { name: '0003-audit', sql: audit },
  { name: '0004-master-report', sql: masterReport },
  { name: '0005-audited-keys', sql: auditedKeys },
]
