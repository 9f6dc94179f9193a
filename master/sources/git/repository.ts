// One bare repository of ours, and what is done with it. Its settings are written anew at each run: a tree can change none.

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { decodeLine } from '../../../shared/process/run.ts'
import { isInside } from '../../../shared/trees/paths.ts'
import { type ProgramEnd, runProgram } from '../run-program.ts'
import type { FillJob } from '../source-kind.ts'
import { GIT_ENVIRONMENT, type GitWay, gitOptions } from './argv.ts'
import { GitFailed } from './git-failed.ts'
import { isProgressLine, judgeComplaint, readProgress } from './progress.ts'
import { createMatcher, type Refs } from './refs.ts'

const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
`
export type Repository = Awaited<ReturnType<typeof openRepository>>

/** Opens the repository in a folder; makes it, empty, where there is none, or what is there is none. @throws {GitFailed} */
export async function openRepository(job: FillJob, folder: string, way: GitWay) {
  const options = gitOptions(way)
  const { silenceS } = way

  interface Call {
    stdinFile?: string
    env?: Record<string, string>
    onStdout?: (line: string) => boolean
    onStderr?: (line: string) => boolean
    bounded?: boolean
  }

  const tryGit = (argv: readonly string[], { bounded, env, ...call }: Call = {}): Promise<ProgramEnd> =>
    runProgram(job, {
      bin: 'git',
      argv: [...options, '--git-dir', folder, ...argv],
      env: { ...GIT_ENVIRONMENT, ...env },
      says: ['git', ...argv].join(' '),
      ...(bounded ? { silenceS } : {}),
      ...call,
    })

  const git = async (argv: readonly string[], call: Call = {}): Promise<void> => {
    const { exitCode, failure, complaint } = await tryGit(argv, call)
    if (failure !== null) throw new GitFailed(failure.outcome, failure.error, exitCode)
    if (exitCode === 0) return
    const error = `git ${argv[0]} ended with code ${exitCode}${complaint === null ? '' : `: ${complaint}`}`
    throw new GitFailed(call.bounded ? judgeComplaint(complaint) : 'once', error, exitCode)
  }

  const listRefs = async (): Promise<Refs> => {
    const refs = new Map<string, string>()
    await git(['for-each-ref', '--format=%(objectname)%09%(refname)'], {
      onStdout: (line) => {
        const [object = '', name = ''] = decodeLine(line).split('\t')
        refs.set(name, object)
        return true
      },
    })
    return refs
  }

  /** Refs that were wanted before, and are no more. */
  const dropUnwanted = async (patterns: readonly string[]): Promise<void> => {
    const wants = createMatcher(patterns)
    const unwanted = [...(await listRefs()).keys()].filter((name) => !wants(name))
    if (unwanted.length === 0) return
    const file = `${folder}.refs`
    await writeFile(file, unwanted.map((name) => `delete ${name}\n`).join(''), { mode: 0o600 })
    await git(['update-ref', '--stdin'], { stdinFile: file })
    await rm(file)
  }

  const make = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o755 })
    await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main'])
  }

  if (!existsSync(path.join(folder, 'HEAD'))) await make()
  await writeIfOther(path.join(folder, 'config'), CONFIG)
  await removeLeftBehind(folder)

  return {
    listRefs,

    /** Makes the refs equal to the other side's. Returns how many bytes came, as git said. */
    fetch: async (url: string, patterns: readonly string[]): Promise<number> => {
      let bytes = 0
      const refspecs = patterns.map((pattern) => `+${pattern}:${pattern}`)
      const words = ['--prune', '--force', '--no-tags', '--no-auto-gc', '--no-write-fetch-head', '--update-head-ok']
      await git(['fetch', ...words, '--progress', '--', url, ...refspecs], {
        bounded: true,
        onStderr: (line) => {
          const progress = readProgress(line)
          if (progress !== null) {
            bytes = Math.max(bytes, progress.bytes)
            job.onProgress(progress)
          }
          return isProgressLine(line)
        },
      })
      await dropUnwanted(patterns)
      return bytes
    },

    countPacks: async (): Promise<number> => {
      const packs = await readdir(path.join(folder, 'objects', 'pack')).catch(() => [])
      return packs.filter((name) => name.endsWith('.pack')).length
    },

    /** The large packs stay as they are, so that slaves need not fetch them again; or all is packed anew, and what is lost thrown away. */
    tidy: (what: 'small packs' | 'all'): Promise<void> =>
      what === 'all' ? git(['gc', '--quiet', '--prune=now']) : git(['repack', '--quiet', '--geometric=2', '-d']),

    setHead: async (ref: string | null): Promise<void> => {
      if (ref !== null) await writeIfOther(path.join(folder, 'HEAD'), `ref: ${ref}\n`)
    },

    /** What clients need that fetch files over plain HTTP. */
    listForDumbClients: (): Promise<void> => git(['update-server-info']),

    /** Makes `tree` equal to the files of a ref; what is the same stays as it is. Submodules are empty folders. */
    checkOut: async (tree: string, ref: string): Promise<void> => {
      await mkdir(tree, { recursive: true, mode: 0o755 })
      await rm(`${folder}.index.lock`, { force: true })
      const words = ['--work-tree', tree, 'read-tree', '--reset', '-u', `${ref}^{commit}`]
      await git(words, { env: { GIT_INDEX_FILE: `${folder}.index` } })
    },
  }
}

/** What is the same keeps its time, and is not a change. */
async function writeIfOther(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => null)) !== text) await writeFile(file, text)
}

/** What a git that was killed leaves behind. No ref may end in `.lock` (git-check-ref-format(1)). */
async function removeLeftBehind(folder: string): Promise<void> {
  const objects = path.join(folder, 'objects')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const isTemporary = entry.name.startsWith('tmp_') && isInside(objects, entry.parentPath)
    if (!entry.isFile() || !(isTemporary || entry.name.endsWith('.lock'))) continue
    await rm(path.join(entry.parentPath, entry.name), { force: true })
  }
}
