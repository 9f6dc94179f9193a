// The refs of a repository: which ones are wanted, and what a fetch would lose. Pure.

/** Object names by the names of refs. */
export type Refs = ReadonlyMap<string, string>

/** What `git ls-remote --symref` says of the other side. */
export interface RemoteRefs {
  refs: Refs
  /** The ref that HEAD stands for; null when the server does not say. */
  head: string | null
}

/** Reads `git ls-remote --symref` line by line. */
export function createRefReader(patterns: readonly string[]): { read: (line: string) => void; end: () => RemoteRefs } {
  const wants = createMatcher(patterns)
  const refs = new Map<string, string>()
  let symref: string | null = null
  let head: string | null = null
  return {
    read: (line) => {
      const [left = '', name = ''] = line.split('\t')
      if (left.startsWith('ref: ') && name === 'HEAD') symref = left.slice('ref: '.length)
      else if (name === 'HEAD') head = left
      // What an annotated tag stands for is no ref.
      else if (!name.endsWith('^{}') && wants(name)) refs.set(name, left)
    },
    end: () => ({ refs, head: symref ?? guessHead(refs, head) }),
  }
}

/** A server that only gives out files does not say which branch HEAD is. */
function guessHead(refs: Refs, object: string | null): string | null {
  const same = [...refs].filter(([name, value]) => value === object && name.startsWith('refs/heads/'))
  const usual = same.find(([name]) => name === 'refs/heads/main' || name === 'refs/heads/master')
  return (usual ?? same[0])?.[0] ?? null
}

/** Tells whether one of the patterns names a ref; `*` stands for anything, as in a refspec. */
export function createMatcher(patterns: readonly string[]): (name: string) => boolean {
  return (name) =>
    patterns.some((pattern) => {
      const [before = '', after] = pattern.split('*')
      if (after === undefined) return name === pattern
      return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after)
    })
}

/** What a fetch would change: how many refs there are here, and how many are gone there. */
export interface RefChanges {
  had: number
  gone: number
  isSame: boolean
}

/** A ref that has another name now is not gone. */
export function compareRefs(ours: Refs, theirs: Refs): RefChanges {
  const fresh = new Set([...theirs].filter(([name]) => !ours.has(name)).map(([, object]) => object))
  const gone = [...ours].filter(([name, object]) => !theirs.has(name) && !fresh.has(object)).length
  const isSame = ours.size === theirs.size && [...ours].every(([name, object]) => theirs.get(name) === object)
  return { had: ours.size, gone, isSame }
}

export interface RefRefusal {
  code: 'DELETE_GUARD' | 'TREE_MISSING' | 'UPSTREAM_EMPTY'
  message: string
}

const ADVICE = 'nothing was fetched. Look at the upstream; if the refs are to go, sync once with force.'

/** A fetch that prunes deletes all refs of a forge that was emptied, and ends well: so it is judged before. */
export function judgeRefs(
  { had, gone }: RefChanges,
  found: number,
  percent: number,
  force: boolean,
): RefRefusal | null {
  if (had === 0 && found === 0) {
    const message = 'The repository has none of the refs that are wanted. Look at source.url and source.refs.'
    return { code: 'UPSTREAM_EMPTY', message }
  }
  if (force) return null
  if (found === 0 && had > 1) return { code: 'TREE_MISSING', message: `All ${had} refs are gone upstream; ${ADVICE}` }
  if (percent === 0 || gone <= Math.floor((had * percent) / 100)) return null
  const message = `${gone} refs are gone upstream, more than ${percent} % of the ${had} that the repository had allow; ${ADVICE}`
  return { code: 'DELETE_GUARD', message }
}
