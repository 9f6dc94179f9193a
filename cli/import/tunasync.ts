// Reads the mirrors of a tunasync worker.conf (tunasync, worker/config.go and worker/provider.go). Pure.

import { parse } from 'smol-toml'
import { type Around, leave, type ReadConfig, type Reader, type Remark } from './plan.ts'
import { reasons, UNKNOWN_MEANING, WEBHOOK } from './reasons.ts'
import { isTable, type Table, tablesIn } from './toml-values.ts'
import { readMirror } from './tunasync-mirror.ts'

/** What the other tables say, and what is there in their place. */
const TABLES = reasons({
  manager: 'the master is its own manager; slaves are added with `mirrorfleet slave add`',
  server: 'MASTER_BIND and MASTER_PORT say where the master listens',
  cgroup: 'limits of memory are those of the unit (MemoryMax=)',
  docker: 'commands run in a sandbox of their own, not in containers',
  zfs: 'generations are kept by `publish: atomic` and keep_generations, without snapshots',
  btrfs_snapshot: 'generations are kept by `publish: atomic` and keep_generations, without snapshots',
})

const GLOBALS = reasons({
  name: 'the master has the name that MASTER_HOSTNAME gives it',
  log_dir: 'logs are kept in DATA_DIR; `mirrorfleet log` shows them',
  concurrent: 'MAX_CONCURRENT_SYNCS is the number of runs at once; a project cannot set it',
  exec_on_success: WEBHOOK,
  exec_on_failure: `${WEBHOOK}, and MAIL_TO people`,
})
/** These are defaults of the mirrors. */
const DEFAULTS = ['mirror_dir', 'interval', 'retry', 'timeout', 'rsync_options', 'dangerous_global_success_exit_codes']

export const readTunasync: Reader = (text, around) => {
  const config = parse(text)
  const global = isTable(config.global) ? config.global : {}
  const remarks: Remark[] = []
  for (const [name, why] of TABLES)
    if (config[name] !== undefined && !isOff(config[name])) remarks.push({ what: `[${name}]`, result: 'left', why })
  for (const [field, value] of Object.entries(global))
    if (!DEFAULTS.includes(field))
      remarks.push({
        what: `global ${field} = ${JSON.stringify(value)}`,
        result: 'left',
        why: GLOBALS.get(field) ?? UNKNOWN_MEANING,
      })
  for (const name of Object.keys(config))
    if (!TABLES.has(name) && !['global', 'include', 'mirrors'].includes(name))
      remarks.push({ what: `[${name}]`, result: 'left', why: UNKNOWN_MEANING })
  const mirrors = [...tablesIn(config.mirrors), ...readIncluded(config.include, around, remarks)]
  const found = mirrors.flatMap((mirror) => leavesOf(mirror, {})).map((mirror) => readOne(mirror, global, around))
  return { found, remarks } satisfies ReadConfig
}

const isOff = (table: unknown): boolean => isTable(table) && table.enable === false

function readOne(mirror: Table, global: Table, around: Around) {
  const name = String(mirror.name ?? '')
  try {
    return readMirror(name, mirror, global, around)
  } catch (error) {
    return leave(name, error instanceof Error ? error.message : String(error))
  }
}

/** A mirror that holds others is not one itself: they take from it what they do not say. */
function leavesOf({ mirrors, ...own }: Table, above: Table): Table[] {
  const env = { ...(isTable(above.env) ? above.env : {}), ...(isTable(own.env) ? own.env : {}) }
  const merged = { ...above, ...own, ...(Object.keys(env).length === 0 ? {} : { env }) }
  return mirrors === undefined ? [merged] : tablesIn(mirrors).flatMap((mirror) => leavesOf(mirror, merged))
}

function readIncluded(include: unknown, { listFiles, readFile }: Around, remarks: Remark[]): Table[] {
  const pattern = isTable(include) ? include.include_mirrors : undefined
  if (typeof pattern !== 'string' || pattern === '') return []
  const what = `include_mirrors = ${pattern}`
  const files = listFiles(pattern)
  if (files.length === 0)
    remarks.push({ what, result: 'left', why: 'no such file can be read here; import the files one by one' })
  return files.flatMap((file) => {
    try {
      const text = readFile(file)
      if (text === null) throw new Error('it cannot be read')
      return tablesIn(parse(text).mirrors)
    } catch (error) {
      remarks.push({ what: file, result: 'left', why: error instanceof Error ? error.message : String(error) })
      return []
    }
  })
}
