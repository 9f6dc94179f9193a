// What every page has: the session, the fleet, and a line to tell the user something.

import type { Fleet } from './fleet.ts'
import type { Session } from './session.ts'

export interface Page {
  session: Session
  fleet: Fleet
  /** Says something in the live region, where screen readers hear it too. */
  tell: (text: string) => void
}
