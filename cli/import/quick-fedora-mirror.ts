// Reads a configuration of quick-fedora-mirror: each module becomes a project of the layout fedora. Pure.

import { keepOptions } from './keep-options.ts'
import { namesPassword, readUpstream, withoutPassword } from './parts.ts'
import { type Found, leave, type Reader, type Remark } from './plan.ts'
import { reasons, UNKNOWN_MEANING } from './reasons.ts'
import { readShellSettings, type ShellSettings } from './shell-settings.ts'

/** The folders of the modules below the master module. */
const FOLDERS: Readonly<Record<string, string>> = {
  'fedora-alt': 'alt',
  'fedora-archive': 'archive',
  'fedora-enchilada': 'fedora',
  'fedora-epel': 'epel',
  'fedora-secondary': 'fedora-secondary',
}
/** Its own options, without what the service does by itself. */
const OPTIONS = ['-aSH', '--preallocate', '--delay-updates']

const LEFT = reasons({
  TIMEFILE: 'the state of a project is kept in DATA_DIR',
  'LOGITEMS LOGFILE VERBOSE': 'the master keeps the log of each run',
  RSYNC: 'RSYNC_BIN of the master names the program',
  WARNDELAY: 'MAIL_TO of the master says who is told of trouble',
  FILELIST: 'the lists have the names that Fedora gives them',
  'CHECKIN_SITE CHECKIN_HOST CHECKIN_PASSWORD':
    'the master does not report to MirrorManager; run report_mirror after it',
})
const READ = [
  ...['DESTD', 'REMOTE', 'MASTERMODULE', 'MODULES', 'MODULEMAPPING', 'RSYNCOPTS', 'RSYNCTIMEOUT', 'MAXRETRIES'],
  ...['FILTEREXP', 'FILTERFILE', 'MAXDELETE', 'RSYNC_PASSWORD'],
]

export const readQuickFedoraMirror: Reader = (text, { readFile }) => {
  const settings = readShellSettings(text)
  const modules = settings.words('MODULES')
  const names = modules.length > 0 ? modules : ['fedora-enchilada', 'fedora-epel']
  const remarks: Remark[] = [...settings.remarks, ...remarksOn(settings)]
  if (names.length > 1)
    remarks.push({
      what: 'hard links between modules',
      result: 'left',
      why: 'each module is a project; a file that several have is fetched and kept once for each',
    })
  const found = names.map((name): Found => {
    try {
      return readModule(name, settings, readFile)
    } catch (error) {
      return leave(name, error instanceof Error ? error.message : String(error))
    }
  })
  return { found, remarks }
}

function readModule(called: string, settings: ShellSettings, readFile: (path: string) => string | null): Found {
  const mapping = new Map([...Object.entries(FOLDERS), ...readMapping(settings.words('MODULEMAPPING'))])
  const below = mapping.get(called)
  const root = settings.text('DESTD')
  if (below === undefined) throw new Error('MODULEMAPPING does not name its folder')
  if (root === null) throw new Error('DESTD does not name a folder')
  const remote = (settings.text('REMOTE') ?? 'rsync://dl.fedoraproject.org').replace(/\/+$/, '')
  const from = `${remote}/${settings.text('MASTERMODULE') ?? 'fedora-buffet'}/${below}/`
  const words = settings.text('RSYNCOPTS') === null ? OPTIONS : settings.words('RSYNCOPTS')
  const most = readNumber(settings, 'MAXDELETE')
  const kept = keepOptions([...words, '--delete', ...(most === null ? [] : [`--max-delete=${most}`])], readFile)
  const [retries, silent] = [readNumber(settings, 'MAXRETRIES'), readNumber(settings, 'RSYNCTIMEOUT')]
  const filters = ['FILTEREXP', 'FILTERFILE'].filter((name) => settings.text(name) !== null)
  const why =
    'rsync has no regular expressions: write --exclude patterns in its place and enable the project, which is disabled until then'
  const lost = filters.map((name): Remark => ({ what: `${name}=${settings.text(name)}`, result: 'left', why }))
  return {
    called,
    project: {
      name: below,
      from: withoutPassword(from),
      folder: `${root}/${below}`,
      hasPassword: settings.text('RSYNC_PASSWORD') !== null || namesPassword(remote),
      fields: {
        ...readUpstream(from),
        ...(silent === null ? {} : { io_timeout_s: silent }),
        ...kept.fields,
        ...(retries === null ? {} : { retry_limit: Math.min(retries, 100) }),
        rsync_options: kept.rsync_options,
        layout: 'fedora',
        by_index: true,
        ...(lost.length === 0 ? {} : { enabled: false }),
      },
    },
    remarks: [...kept.remarks, ...lost],
  }
}

/** `[module]=folder` of bash, or `module folder` of zsh. */
function readMapping(words: readonly string[]): [string, string][] {
  const bash = words.flatMap((word): [string, string][] => {
    const [, module, folder] = /^\[(.+)\]=(.*)$/.exec(word) ?? []
    return module === undefined || folder === undefined ? [] : [[module, folder]]
  })
  if (bash.length > 0) return bash
  return words.flatMap((word, index): [string, string][] => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : []))
}

function readNumber(settings: ShellSettings, name: string): number | null {
  const text = settings.text(name) ?? ''
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : null
}

function remarksOn(settings: ShellSettings): Remark[] {
  const remarks: Remark[] = settings.names
    .filter((name) => !READ.includes(name))
    .map((what) => ({
      what,
      result: 'left',
      why: LEFT.get(what) ?? UNKNOWN_MEANING,
    }))
  const why = 'the file says no times: set one; an unchanged list of files costs the upstream next to nothing'
  return [...remarks, { what: 'schedule', result: 'left', why }]
}
