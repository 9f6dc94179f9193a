// The hooks of a project as words, for the command line and the dashboard: `before=check-vpn published=purge-cdn`. Pure.

import type { Hooks } from './schemas/hooks.ts'

/** A name of no time is sent as it is, so that the master says what is wrong with it. Null for `none`, or nothing. */
export function readHooks(text: string): Hooks | null {
  const words = text.split(/[\s,]+/).filter(Boolean)
  if (words.length === 0 || words[0] === 'none') return null
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

export function showHooks(hooks: Hooks | null | undefined): string {
  return Object.entries(hooks ?? {})
    .map(([time, command]) => `${time}=${command}`)
    .join(' ')
}
