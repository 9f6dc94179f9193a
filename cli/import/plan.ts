// Makes a fleet of what an importer has read, and tells of everything what became of it. Pure.

import type { Fleet, FleetProject } from '../fleet-file.ts'
import { makeName, splitFolder } from './parts.ts'

/** What became of something: it is as it was, it is there in another way, or it is not there. */
export type Result = 'taken' | 'changed' | 'left'

export interface Remark {
  what: string
  result: Exclude<Result, 'taken'>
  why: string
}

/** What a reader of another tool's configuration found of one mirror. */
export interface FoundProject {
  /** What the other tool calls it. */
  name: string
  /** From where, for people. */
  from: string
  /** The absolute folder of its tree. */
  folder: string
  /** A password goes with it, that never stands in a file. */
  hasPassword?: boolean
  fields: Omit<FleetProject, 'id' | 'project' | 'dest' | 'rsync_password' | 'source'> & {
    source?: { kind: string; [field: string]: unknown }
  }
}

/** `called` is the mirror's name, or the line it stands on; without a project, a remark says why. */
export interface Found {
  called: string
  project: FoundProject | null
  remarks: readonly Remark[]
}

/** What every reader returns. The remarks concern the configuration as a whole. */
export interface ReadConfig {
  found: readonly Found[]
  remarks: readonly Remark[]
}

/** What a reader may know besides the text of its configuration. */
export interface Around {
  /** The zone that the machine's times are in. */
  timezone: string
  /** The lines of a crontab have a user before the command, as in /etc/crontab. */
  userField: boolean
  /** A file that the configuration names by its absolute path; null when it cannot be read here. */
  readFile: (path: string) => string | null
  /** The files that a pattern such as /etc/x/*.conf names, in order. */
  listFiles: (pattern: string) => string[]
}

/** @throws {Error} when the text is not a configuration of that tool at all. */
export type Reader = (text: string, around: Around) => ReadConfig

export interface PlanRow {
  /** The id of the project; empty for the configuration as a whole. */
  project: string
  what: string
  result: Result
  why: string
}

export interface ImportPlan {
  fleet: Fleet
  rows: PlanRow[]
}

/** A mirror that is not taken. */
export const leave = (called: string, why: string, more: readonly Remark[] = []): Found => ({
  called,
  project: null,
  remarks: [{ what: called, result: 'left', why }, ...more],
})

export function makePlan({ found, remarks }: ReadConfig): ImportPlan {
  const projects: FleetProject[] = []
  const rows: PlanRow[] = remarks.map((remark) => ({ project: '', ...remark }))
  for (const { called, project, remarks: own } of found) {
    const made = project === null ? { why: null } : place(project, projects)
    if ('why' in made) {
      const why: Remark[] = made.why === null ? [] : [{ what: called, result: 'left', why: made.why }]
      rows.push(...[...why, ...own].map((remark) => ({ project: '', ...remark })))
      continue
    }
    projects.push(made.project)
    const row = (remark: Omit<PlanRow, 'project'>): PlanRow => ({ project: idOf(made.project), ...remark })
    rows.push(row({ what: made.taken, result: 'taken', why: '' }))
    rows.push(...[...made.remarks, ...own].map(row))
  }
  return { fleet: { projects }, rows: [...rows, ...rowsOfRoot(projects)] }
}

export const idOf = ({ id, project }: Pick<FleetProject, 'id' | 'project'>): string => id ?? project
const trim = (folder: string): string => folder.replace(/(?<=.)\/+$/, '')

/** Gives a project its name, its folder and the variable of its password; or says why it cannot have them. */
function place(
  { name, from, folder: whole, hasPassword, fields }: FoundProject,
  before: readonly FleetProject[],
): { project: FleetProject; taken: string; remarks: Remark[] } | { why: string } {
  let split: ReturnType<typeof splitFolder>
  try {
    split = splitFolder(whole)
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) }
  }
  const { dest, folder } = split
  const wanted = `${dest}/${folder}`.replace(/^\/\//, '/')
  const near = before.find((one) => overlaps(folderOf(one), wanted))
  if (near !== undefined)
    return {
      why:
        folderOf(near) === wanted
          ? `${idOf(near)} fills the same folder; a project has one schedule, and its passes by \`stages\``
          : `its folder ${wanted} overlaps that of ${idOf(near)}, ${folderOf(near)}`,
    }
  const project = makeName(
    folder,
    before.map((one) => one.project),
  )
  const id = makeName(name, before.map(idOf))
  const variable = `MIRRORFLEET_${id.toUpperCase().replace(/\W/g, '_')}_PASSWORD`
  const remarks: Remark[] = []
  if (project !== folder)
    remarks.push({
      what: `folder ${folder}`,
      result: 'changed',
      why: `it is named ${project} now; move the tree there before the first sync`,
    })
  if (id !== name) remarks.push({ what: `name ${name}`, result: 'changed', why: `its id is ${id}` })
  if (hasPassword)
    remarks.push({
      what: 'password',
      result: 'changed',
      why: `the variable ${variable} must hold it when the file is applied`,
    })
  return {
    project: {
      ...(id === project ? {} : { id }),
      project,
      ...fields,
      ...(hasPassword ? { rsync_password: { env: variable } } : {}),
      dest,
    },
    taken: `${from} -> ${trim(whole)}`,
    remarks,
  }
}

const folderOf = ({ dest, project }: FleetProject): string => `${dest}/${project}`.replace(/^\/\//, '/')

function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)
}

/** The master takes only projects below one folder. */
function rowsOfRoot(projects: readonly FleetProject[]): PlanRow[] {
  const [first, ...others] = projects.map(({ dest }) => (dest ?? '').split('/').filter(Boolean))
  if (first === undefined) return []
  const shared = others.reduce((common, parts) => {
    const end = common.findIndex((part, index) => part !== parts[index])
    return end < 0 ? common : common.slice(0, end)
  }, first)
  const root = `/${shared.join('/')}`
  return [
    {
      project: '',
      what: `folders below ${root}`,
      result: 'changed',
      why: `DEST_ROOT of the master must be ${root}, or a folder around it`,
    },
  ]
}
