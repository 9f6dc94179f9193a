// Reads a configuration of ftpsync, Debian's own mirror tool (ftpsync.conf(5), of archvsync). Pure.

import { architectureWords } from './ftpsync-architectures.ts'
import { keepOptions } from './keep-options.ts'
import { readUpstream } from './parts.ts'
import { leave, type Reader, type Remark } from './plan.ts'
import { readProxy } from './proxy.ts'
import { reasons, UNKNOWN_MEANING, WEBHOOK } from './reasons.ts'
import { readShellSettings, type ShellSettings } from './shell-settings.ts'

/** ftpsync's own options, without what the service does by itself. */
const OPTIONS = ['-prltvHS', '--safe-links', '--chmod=D755,F644']
const SECOND_PASS = ['--max-delete=40000', '--delay-updates', '--delete-excluded']

const LEFT = reasons({
  'MIRRORNAME TRACEHOST': 'PUBLIC_NAME of each node names its trace file',
  'INFO_MAINTAINER INFO_SPONSOR INFO_COUNTRY INFO_LOCATION INFO_THROUGHPUT TRACE':
    'trace files say when the tree was synced and from where, and no more',
  'LOGDIR LOG LOGROTATE FULLLOGS': 'logs are kept in DATA_DIR, as many as LOG_RETENTION says',
  'MAILTO ERRORSONLY': 'MAIL_TO of the master says who is told of failures',
  'HOOK1 HOOK2 HOOK3 HOOK4 HOOK5 CALLBACKUSER CALLBACKHOST CALLBACKKEY': WEBHOOK,
  LOCKTIMEOUT: 'a project never runs twice at once',
  'UIPSLEEP UIPRETRIES': 'a run looks again every minute, for at most UPSTREAM_WAIT_S of the master',
  RSYNC: 'RSYNC_BIN of the master names the program',
  RSYNC_SSL_CAPATH: 'certificates are checked with those of the system and TLS_CA of the master',
  RSYNC_SSL_METHOD: 'openssl speaks TLS for rsync',
  RSYNC_OPTIONS1: '`stages: debian` says what the first pass leaves out',
  BASEDIR: 'the folder is that of TO',
})
const READ = [
  ...['TO', 'RSYNC_HOST', 'RSYNC_PATH', 'RSYNC_USER', 'RSYNC_PASSWORD', 'RSYNC_TRANSPORT', 'RSYNC_EXTRA', 'RSYNC_BW'],
  ...['RSYNC_OPTIONS', 'RSYNC_OPTIONS2', 'EXCLUDE', 'ARCH_INCLUDE', 'ARCH_EXCLUDE', 'HUB', 'RSYNC_PROXY'],
  'RSYNC_SSL_PORT',
]

export const readFtpsync: Reader = (text, { readFile }) => {
  const settings = readShellSettings(text)
  const remarks = [...settings.remarks, ...remarksOn(settings)]
  const folder = settings.text('TO') ?? '/srv/mirrors/debian/'
  const called = folder.split('/').filter(Boolean).at(-1) ?? folder
  try {
    const { address, upstream } = readSource(settings)
    const kept = keepOptions(wordsOf(settings, remarks), readFile)
    const user = settings.text('RSYNC_USER')
    const proxy = readProxy(settings.text('RSYNC_PROXY'), remarks)
    const project = {
      name: called,
      from: address,
      folder,
      hasPassword: settings.text('RSYNC_PASSWORD') !== null,
      fields: {
        ...upstream,
        ...(user === null ? {} : { rsync_user: user }),
        ...proxy,
        ...kept.fields,
        rsync_options: kept.rsync_options,
        stages: 'debian' as const,
        // As ftpsync does after its first pass.
        wait_for: ['Archive-Update-in-Progress-*'],
        trace: { style: 'debian' as const },
      },
    }
    return { found: [{ called, project, remarks: [...kept.remarks, ...remarks] }], remarks: [] }
  } catch (error) {
    return { found: [leave(called, error instanceof Error ? error.message : String(error), remarks)], remarks: [] }
  }
}

function readSource(settings: ShellSettings) {
  const transport = settings.text('RSYNC_TRANSPORT')
  const isTls = transport === 'ssl'
  if (transport !== null && !isTls) {
    const more = transport === 'ssh' ? '; add it with --transport ssh, its key and the host key of the upstream' : ''
    throw new Error(`it connects by ${transport} (RSYNC_TRANSPORT)${more}`)
  }
  const host = settings.text('RSYNC_HOST')
  if (host === null) throw new Error('RSYNC_HOST does not name its upstream')
  const address = `rsync://${host.includes(':') ? `[${host}]` : host}/${settings.text('RSYNC_PATH') ?? 'debian'}/`
  const upstream = readUpstream(address)
  if (!isTls) return { address, upstream }
  const port = Number(settings.text('RSYNC_SSL_PORT') ?? 1873)
  return { address, upstream: { ...upstream, rsync_port: port, transport: 'tls' as const } }
}

/** In the order in which ftpsync gives them, the excludes of its own first. */
function wordsOf(settings: ShellSettings, remarks: Remark[]): string[] {
  const or = (name: string, otherwise: readonly string[]) =>
    settings.text(name) === null ? otherwise : settings.words(name)
  const limit = Number(settings.text('RSYNC_BW') ?? 0)
  return [
    ...settings.words('RSYNC_EXTRA'),
    ...(limit > 0 ? [`--bwlimit=${limit}`] : []),
    ...or('RSYNC_OPTIONS', OPTIONS),
    ...settings.words('EXCLUDE'),
    ...architectureWords(settings.words('ARCH_INCLUDE'), settings.words('ARCH_EXCLUDE'), remarks),
    ...or('RSYNC_OPTIONS2', SECOND_PASS),
  ]
}

function remarksOn(settings: ShellSettings): Remark[] {
  const remarks: Remark[] = settings.names
    .filter((name) => !READ.includes(name) && settings.text(name) !== null)
    .map((what) => ({
      what,
      result: 'left',
      why: LEFT.get(what) ?? UNKNOWN_MEANING,
    }))
  if (settings.text('HUB') === 'true')
    remarks.push({
      what: 'HUB',
      result: 'left',
      why: 'slaves pull when the master tells them: `mirrorfleet slave add`; others may be told by webhooks',
    })
  const why = 'ftpsync.conf says no times: set a schedule, or let the upstream start runs by /hooks/'
  return [...remarks, { what: 'schedule', result: 'left', why }]
}
