// Matches names with rsync's wildcards (rsync(1), PATTERN MATCHING RULES), in a time that no pattern makes long. Pure.

/** One step of a pattern: a character, or as many as there are. */
type Step = { once: RegExp } | { many: RegExp }

/** Tells whether a name matches. */
type Matcher = (name: string) => boolean

const NOT_A_SLASH = /[^/]/
const ANYTHING = /[\s\S]/

/** Where a pattern has more stars, a regular expression tries each way to share a name out among them. */
const MOST_STARS = 2

/**
 * `*` stops at a slash, `**` does not; `dir/***` is the folder and everything in it; a backslash escapes a wildcard. `anchored`:
 * from the start of the name on; else from any slash on.
 */
export function createGlob(glob: string, anchored: boolean): Matcher {
  const hasWildcards = /[*?[]/.test(glob)
  const make = (part: string) => createMatcher(readSteps(part, hasWildcards), anchored)
  if (!glob.endsWith('/***')) return make(glob)
  const [isFolder, isInside] = [make(glob.slice(0, -4)), make(glob.slice(0, -1))]
  return (name) => isFolder(name) || isInside(name)
}

/** The pattern that matches one name only. A backslash is itself where there are no wildcards. */
export function literalPattern(name: string): string {
  return /[*?[]/.test(name) ? name.replace(/[\\*?[]/g, '\\$&') : name
}

function createMatcher(steps: readonly Step[], anchored: boolean): Matcher {
  if (steps.filter((step) => 'many' in step).length > MOST_STARS) return createWalk(steps, anchored)
  const source = steps.map((step) => ('many' in step ? `${step.many.source}*` : step.once.source)).join('')
  const expression = new RegExp(`${anchored ? '^' : '(?:^|/)'}${source}$`)
  return (name) => expression.test(name)
}

/** Goes along the name once, with all places in the pattern where it may be. */
function createWalk(steps: readonly Step[], anchored: boolean): Matcher {
  return (name) => {
    let places = new Set<number>()
    enter(steps, places, 0)
    for (const character of name) {
      const next = new Set<number>()
      for (const place of places) move(steps, next, place, character)
      if (!anchored && character === '/') enter(steps, next, 0)
      if (next.size === 0 && anchored) return false
      places = next
    }
    return places.has(steps.length)
  }
}

/** Adds the places that a character leads to from this one. */
function move(steps: readonly Step[], next: Set<number>, place: number, character: string): void {
  const step = steps[place]
  if (step === undefined) return
  const isMany = 'many' in step
  if ((isMany ? step.many : step.once).test(character)) enter(steps, next, isMany ? place : place + 1)
}

/** Adds a place, and those behind it that may be reached without a character. */
function enter(steps: readonly Step[], places: Set<number>, from: number): void {
  for (let place = from; !places.has(place); place++) {
    places.add(place)
    const step = steps[place]
    if (step === undefined || !('many' in step)) return
  }
}

function readSteps(glob: string, hasWildcards: boolean): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < glob.length; ) {
    const [length, step] = readStep(glob.slice(at), hasWildcards)
    steps.push(step)
    at += length
  }
  return steps
}

function readStep(rest: string, hasWildcards: boolean): [length: number, step: Step] {
  if (rest.startsWith('**')) return [/^\*+/.exec(rest)?.[0].length ?? 2, { many: ANYTHING }]
  if (rest.startsWith('*')) return [1, { many: NOT_A_SLASH }]
  if (rest.startsWith('?')) return [1, { once: NOT_A_SLASH }]
  const set = /^\[([!^]?)(\]?[^\]]*)\]/.exec(rest)
  if (set !== null) return [set[0].length, { once: readSet(set[1] !== '', set[2] ?? '') }]
  if (rest.startsWith('\\') && hasWildcards && rest.length > 1) return [2, { once: literal(rest.charAt(1)) }]
  return [1, { once: literal(rest.charAt(0)) }]
}

/** A range whose ends stand the wrong way round matches nothing. */
function readSet(isNot: boolean, content: string): RegExp {
  try {
    return new RegExp(`(?!/)[${isNot ? '^' : ''}${content.replace(/[\\\]^]/g, '\\$&')}]`)
  } catch {
    return /(?!)/
  }
}

function literal(character: string): RegExp {
  return new RegExp(character.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
}
