// Checks a tree that was filled, repairs it, and fetches again what is missing or wrong, a few times: upstreams in motion settle.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Verify } from '../../../shared/schemas/project-parts.ts'
import type { UpstreamVerify } from '../../../shared/schemas/run.ts'
import { isSuccess, type PullResult } from '../../../shared/trees/source.ts'
import type { Problem } from '../../layouts/layout.ts'
import type { Judgement } from './judge.ts'

/** Against an archive whose update takes three seconds, a round at once meets the same update. In milliseconds. */
const PAUSES_MS = [0, 300, 600, 1_200, 2_400]
/** Within a round: a new root, the indices that it names, and the files that those name. */
const STEPS = 3
/** rsync compares each name that an upstream sends with each that was asked for. */
const MOST_REFETCHED = 2_000
/** How many problems a run shows; the rest stands in its log. */
const SHOWN_PROBLEMS = 10
const LOGGED_PROBLEMS = 200

/** What can be done with the tree. */
export interface VerifyWork {
  judge: () => Promise<Judgement>
  /** Returns how many names were repaired. */
  repair: (problems: readonly Problem[]) => Promise<number>
  /** Null where the tree is served already, and must stay as it is. */
  refetch: ((names: readonly string[]) => Promise<PullResult>) | null
  writeLine: (line: string) => void
  signal: AbortSignal
}

/** What the tree is worth; `fetched` are the bytes that it took. */
export interface Verified {
  judgement: Judgement
  state: 'whole' | 'repaired' | 'broken'
  fetched: number
}

type ChangingWork = VerifyWork & { refetch: NonNullable<VerifyWork['refetch']> }

export async function verifyTree(work: VerifyWork): Promise<Verified> {
  let judgement = await work.judge()
  logJudgement(work, judgement)
  if (judgement.total === 0) return { judgement, state: 'whole', fetched: 0 }
  const { refetch } = work
  if (refetch === null) return { judgement, state: 'broken', fetched: 0 }
  let fetched = 0
  for (const [round, pause] of PAUSES_MS.entries()) {
    if (pause > 0) await sleep(pause, undefined, { signal: work.signal })
    const ended = await makeRound({ ...work, refetch }, judgement, round)
    judgement = ended.judgement
    fetched += ended.fetched
    if (judgement.total === 0) break
    work.writeLine(`[round ${round + 1} of ${PAUSES_MS.length}: ${judgement.total} problems are left]`)
  }
  logJudgement(work, judgement)
  return { judgement, state: judgement.total === 0 ? 'repaired' : 'broken', fetched }
}

async function makeRound(work: ChangingWork, before: Judgement, round: number): Promise<Omit<Verified, 'state'>> {
  let judgement = before
  let fetched = 0
  for (let step = 0; step < STEPS; step++) {
    judgement = await repairAll(work, judgement)
    // In later rounds the roots come first, with nothing else: what they name is asked for in the next step.
    const names = round > 0 && step === 0 ? rootNames(judgement.problems) : wrongNames(judgement)
    if (names.length === 0) break
    const result = await work.refetch(names)
    work.signal.throwIfAborted()
    fetched += result.summary.bytes_transferred
    if (!isSuccess(result.outcome)) work.writeLine(`[what is wrong could not be fetched again: ${result.error}]`)
    const found = await work.judge()
    // Without progress the upstream is given time first. The roots are a step of their own.
    const isStuck = sameProblems(found, judgement) && (round === 0 || step > 0)
    judgement = found
    if (isStuck) break
  }
  return { judgement: await repairAll(work, judgement), fetched }
}

/** One repair may show what the next one needs: a Release that was written again, and its old signature. */
async function repairAll(work: VerifyWork, before: Judgement): Promise<Judgement> {
  let judgement = before
  for (let turn = 0; turn < STEPS && judgement.total > 0; turn++) {
    const repaired = await work.repair(judgement.problems)
    if (repaired === 0) return judgement
    work.writeLine(`[${repaired} names were repaired from what is here]`)
    judgement = await work.judge()
  }
  return judgement
}

function sameProblems(one: Judgement, other: Judgement): boolean {
  const texts = ({ problems }: Judgement) => problems.map(({ text }) => text).join('\n')
  return one.total === other.total && texts(one) === texts(other)
}

/** A file of a root is fetched with the others of its root, and with the root that says it is wrong. */
function wrongNames({ problems, rootFiles }: Pick<Judgement, 'problems' | 'rootFiles'>): string[] {
  const names = problems.flatMap(({ refetch, root }) => {
    const others = refetch.flatMap((name) => rootFiles.get(name) ?? [])
    return others.length === 0 ? refetch : [...refetch, ...others, ...root]
  })
  return [...new Set(names)].slice(0, MOST_REFETCHED)
}

function rootNames(problems: readonly Problem[]): string[] {
  return [...new Set(problems.flatMap(({ root }) => root))].slice(0, MOST_REFETCHED)
}

function logJudgement({ writeLine }: VerifyWork, { checked, leftOut, total, problems, grade }: Judgement): void {
  const left = leftOut === 0 ? '' : `, ${leftOut} of them not mirrored here`
  writeLine(
    `[checked ${checked} names against the repository's own indices${left}: ${total === 0 ? 'whole' : `${total} problems`}]`,
  )
  for (const { text } of problems.slice(0, LOGGED_PROBLEMS)) writeLine(`[${text}]`)
  if (total > LOGGED_PROBLEMS) writeLine(`[and ${total - LOGGED_PROBLEMS} more]`)
  if (grade === 'apt') writeLine('[clients that ask for indices by their sums would not notice]')
}

/** What a run shows of it. Only a tree that is broken is held, or published and marked. */
export function showVerified({ judgement, state }: Verified, verify: Exclude<Verify, 'off'>): UpstreamVerify {
  const { problems, checked, grade, expires } = judgement
  const shown = problems.slice(0, SHOWN_PROBLEMS).map(({ text }) => text)
  return {
    state: state === 'broken' ? (verify === 'hold' ? 'held' : 'warned') : state,
    problems: shown,
    checked,
    grade,
    valid_until: expires === null ? null : new Date(expires).toISOString(),
  }
}
