// What every page gets: the session, the fleet, and a function that tells the user something.

import type { Fleet } from './fleet.ts'
import type { Session } from './session.ts'

export interface Page {
  session: Session
  fleet: Fleet
  /** Shows a message in the live region, which screen readers read out. */
  tell: (text: string) => void
}
