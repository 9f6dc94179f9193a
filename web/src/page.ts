// What every page gets: the session, the fleet, and the ways to tell the user something.

import type { Fleet } from './fleet.ts'
import type { Histories } from './histories.ts'
import type { Question } from './parts/confirm.tsx'
import type { Session } from './session.ts'

export interface Page {
  session: Session
  fleet: Fleet
  histories: Histories
  /** Says that something was done; it vanishes by itself. `href` leads to the result. */
  tell: (text: string, href?: string) => void
  /** Says that something failed, and why; it stays until it is closed or something is done. */
  fail: (text: string) => void
  /** Asks before something that cannot easily be undone. */
  ask: (question: Question) => void
}
