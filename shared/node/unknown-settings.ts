// Finds environment variables that look like settings and are none: a slip there changes nothing, and nobody notices. Pure.

import { nearest } from '../nearest.ts'

/** No other program's variables begin so. */
const OURS = /^(MASTER|SLAVE|MIRRORFLEET)_/
/** Of the command line, and of tools that start or test us. */
const KNOWN = /^(MIRRORFLEET_(URL|USER|PASSWORD|TOKEN|CONTEXT|UPSTREAM_PASSWORD|NEW_PASSWORD)|MAILTO)$/

/** A warning for each such name, with the setting that was most likely meant. */
export function describeUnknown(names: Iterable<string>, settings: readonly string[]): string[] {
  return [...names].sort().flatMap((name) => {
    if (!/^[A-Z][A-Z0-9_]+$/.test(name) || settings.includes(name) || KNOWN.test(name)) return []
    const meant = nearest(name, settings)
    if (meant === null && !OURS.test(name)) return []
    const hint = meant === null ? 'docs/settings.md lists them all.' : `Did you mean ${meant}?`
    return [`${name} is not a setting, and has no effect. ${hint}`]
  })
}
