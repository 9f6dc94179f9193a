// Repairs a tree without the network: what it lacks lies under its sum, in the signed text, or in the generation before.

import type { Problem } from '../../layouts/layout.ts'
import { type CheckContext, findByHash } from './check-named.ts'
import type { Place } from './place.ts'
import { hasSum } from './sums.ts'
import type { FoundFile, TreeFiles } from './tree-files.ts'

export interface Repairer {
  files: TreeFiles
  before: TreeFiles | null
  /** True for a file of a root. One of the generation before would bring the whole repository of that time back, name by name. */
  isRoot: (name: string) => boolean
  place: Place
  /** Told, and waited for, before a name is changed. */
  onTouch: (names: readonly string[]) => Promise<void>
  writeLine: (line: string) => void
}

/** What is done to one name. */
type Act = (place: Place) => Promise<void>

/** Repairs what can be repaired; returns how many names were. What fails is left, and said in the log. */
export async function repairTree(repairer: Repairer, problems: readonly Problem[]): Promise<number> {
  const acts = new Map<string, Act>()
  for (const problem of problems) {
    const found = await planAct(repairer, problem)
    if (found !== null) acts.set(...found)
  }
  if (acts.size === 0) return 0
  await repairer.onTouch([...acts.keys()])
  let repaired = 0
  for (const [name, act] of acts) {
    try {
      await act(repairer.place)
      repaired += 1
    } catch (error) {
      repairer.writeLine(`[${name} could not be repaired: ${error instanceof Error ? error.message : String(error)}]`)
    }
  }
  return repaired
}

async function planAct(repairer: Repairer, { repair, wants }: Problem): Promise<[string, Act] | null> {
  const { files } = repairer
  if (repair !== undefined && 'write' in repair)
    return [files.realName(repair.write), (place) => place.write(files.realName(repair.write), repair.text)]
  if (repair !== undefined && 'drop' in repair)
    return [files.realName(repair.drop), (place) => place.drop(files.realName(repair.drop))]
  const to = repair === undefined ? wants?.name : repair.to
  const from = repair === undefined ? await findBefore(repairer, wants) : files.find(repair.link)
  if (from === null || to === undefined) return null
  return [files.realName(to), (place) => place.link(files.realName(to), from.file)]
}

/** The file as it should be, in the generation before, under its own name or that of its sum. */
async function findBefore({ before, isRoot }: Repairer, wants: Problem['wants']): Promise<FoundFile | null> {
  if (before === null || wants === undefined || isRoot(wants.name)) return null
  const context: Pick<CheckContext, 'files'> = { files: before }
  const found = before.find(wants.name)
  const isRight =
    found !== null &&
    (wants.size === null || found.stats.size === wants.size) &&
    wants.sum !== null &&
    (await hasSum(found.file, wants.sum))
  return isRight ? found : findByHash(context, wants)
}
