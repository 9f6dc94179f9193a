// A probe as people write it: an address, a path below the module, or nothing. Pure.

import type { ProbeSetting } from './schemas/probe.ts'

/** What begins with a scheme is an address, anything else a file; `auto` leaves it to the layout; `none` and an empty text are no probe. */
export function readProbe(text: string): ProbeSetting | null {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed === 'none') return null
  if (trimmed === 'auto') return 'auto'
  return /^(https?:|[a-z][a-z0-9+.-]*:\/\/)/i.test(trimmed) ? { url: trimmed } : { file: trimmed }
}

/** As `readProbe` reads it; empty for none. */
export function showProbe(probe: ProbeSetting | null | undefined): string {
  if (!probe || probe === 'auto') return probe ?? ''
  return 'url' in probe ? probe.url : probe.file
}
