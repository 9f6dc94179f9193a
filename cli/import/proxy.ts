// Reads the proxy of an rsync, as the variable RSYNC_PROXY has it. Pure.

import { assertProxy } from '../../shared/rsync/connection.ts'
import type { Remark } from './plan.ts'

/** Nothing for none, and for one that a project may not have, which the remarks tell of. Never shows its log-in. */
export function readProxy(text: string | null, remarks: Remark[]): { proxy?: string } {
  if (text === null || text === '') return {}
  try {
    assertProxy(text)
    return { proxy: text }
  } catch {
    remarks.push({ what: 'RSYNC_PROXY', result: 'left', why: 'a proxy is host:port, without a log-in' })
    return {}
  }
}
