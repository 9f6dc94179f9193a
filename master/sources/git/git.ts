// Repositories of the system's git: a mirror of all refs as a bare repository, or the files of one of its branches.

import { hash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { ProbeValue } from '../../../shared/schemas/probe.ts'
import type { GitKind } from '../../../shared/schemas/source.ts'
import {
  type FilledSource,
  type FillJob,
  filled,
  notFilled,
  refused,
  type SeenEntry,
  type SourceProbe,
} from '../source-kind.ts'
import { assertAddress } from './address.ts'
import { askForRefs, findWay } from './ask-for-refs.ts'
import { GitFailed } from './git-failed.ts'
import { compareRefs, judgeRefs, type RemoteRefs } from './refs.ts'
import { openRepository, type Repository } from './repository.ts'

/** Packs before what leads to them: whoever reads meanwhile finds each object that a ref names. */
const REFS_LAST = ['/HEAD', '/packed-refs', '/refs', '/info', '/objects/info']
const ALL = ['refs/*']
const CODE = ['refs/heads/*', 'refs/tags/*']
/** With more packs than that, every reader looks long for an object. */
const MANY_PACKS = 40

export function gitSource(source: GitKind): FilledSource {
  const isBare = source.form !== 'checkout'
  return {
    check: ({ ofRoot }) => assertAddress(source.url, ofRoot),
    host: URL.canParse(source.url) ? new URL(source.url).host : '',
    // Objects come and go when they are packed anew; what counts are the refs.
    guard: isBare ? 'none' : 'share',
    stages: isBare ? { first_pass_exclude: REFS_LAST } : 'single',
    isAlive: false,
    mayBePartial: false,
    mayBeEmpty: false,
    probe: (asked) => probe(source, asked),
    look: (asked) => look(source, asked),
    fill: (job) => fill(source, job),
  }
}

/** All refs that are mirrored, and the one that HEAD stands for, as one sum: repositories have many thousands of them. */
async function probe(source: GitKind, asked: SourceProbe): Promise<ProbeValue> {
  const found = await askForRefs(asked, source.url, await findWay(source.url, asked), patternsOf(source))
  const lines = [...found.refs].map(([name, object]) => `${object} ${name}`).sort()
  return { refs: hash('sha256', [`HEAD ${found.head}`, ...lines].join('\n')) }
}

/** Whatever a project would take of them. */
async function look({ url }: GitKind, asked: SourceProbe): Promise<SeenEntry[]> {
  const { refs } = await askForRefs(asked, url, await findWay(url, asked))
  return [...refs.keys()].sort().map((name) => ({ name, kind: 'ref' }))
}

function patternsOf({ refs, form }: GitKind): readonly string[] {
  return refs ?? (form === 'checkout' ? CODE : ALL)
}

async function fill(source: GitKind, job: FillJob) {
  const tree = path.join(job.place, source.form === 'checkout' ? 'checkout' : 'mirror')
  try {
    await mkdir(job.place, { recursive: true, mode: 0o700 })
    const way = await findWay(source.url, job)
    const remote = await askForRefs(job, source.url, way, patternsOf(source))
    const repository = await openRepository(job, path.join(job.place, 'mirror'), way)
    return await update(source, job, { repository, remote, tree })
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error
    return notFilled(tree, error.outcome, error.message, error.exitCode)
  }
}

async function update(
  source: GitKind,
  job: FillJob,
  { repository, remote, tree }: { repository: Repository; remote: RemoteRefs; tree: string },
) {
  const { url, form } = source
  const patterns = patternsOf(source)
  const ours = await repository.listRefs()
  const changes = compareRefs(ours, remote.refs)
  const refusal = judgeRefs(changes, remote.refs.size, job.guardPercent, job.force)
  if (refusal !== null) return refused(tree, refusal)
  const isSame = changes.isSame && job.mode !== 'full'
  job.log.writeLine(isSame ? '[all refs are as they were; nothing is fetched]' : `[${changes.gone} refs are gone]`)
  const bytes = isSame ? 0 : await repository.fetch(url, patterns)
  if (job.mode === 'full') await repository.tidy('all')
  else if ((await repository.countPacks()) > MANY_PACKS) await repository.tidy('small packs')
  await repository.setHead(remote.head)
  if (form === 'checkout') await repository.checkOut(tree, chooseRef(source, remote.head))
  else await repository.listForDumbClients()
  return filled(tree, bytes)
}

/** The first ref that is named in full, or what the other side says is its own. */
function chooseRef({ refs = [] }: GitKind, head: string | null): string {
  const named = refs.find((ref) => !ref.includes('*')) ?? head
  if (named !== null) return named
  throw new GitFailed('permanent', 'The server does not say which branch is its HEAD; name one in source.refs.', null)
}
