// Reads, defaults and checks every setting of both nodes; the result is one typed, frozen object.

import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import path from 'node:path'
import { parseEnv } from 'node:util'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'

const port = (fallback: number) => Type.Integer({ minimum: 1, maximum: 65535, default: fallback })
const seconds = (fallback: number) => Type.Integer({ minimum: 1, maximum: 31_536_000, default: fallback })
const count = (fallback: number, minimum: number) => Type.Integer({ minimum, maximum: 1_000_000, default: fallback })
const text = (fallback: string) => Type.String({ minLength: 1, default: fallback })
const secret = () => Type.Optional(Type.String({ minLength: 8 }))
const file = () => Type.Optional(Type.String({ minLength: 1 }))

/**
 * Every setting by the name of its environment variable. Names that end in `_S` are seconds,
 * `_PERCENT` are 0 to 100, ports are TCP ports. Optional ones without a default are absent when unset.
 */
export const SettingsSchema = Type.Object({
  MASTER_NODE: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$', default: 'main' }),
  MASTER_HOSTNAME: text('localhost'),
  PUBLIC_NAME: Type.String({
    pattern: '^([A-Za-z0-9][A-Za-z0-9.-]{0,252})?$',
    description: 'the host name by which the users of this mirror know it',
    default: '',
  }),
  MASTER_BIND: text('127.0.0.1'),
  MASTER_PORT: port(5000),
  MASTER_URL: Type.String({ pattern: '^https?://[^/\\s?#@]+/?$' }),
  DATA_DIR: text('./data'),
  DEST_ROOT: Type.String({ minLength: 1 }),
  MASTER_RSYNCD: Type.Enum(['managed', 'external'] as const, { default: 'managed' }),
  MASTER_RSYNCD_PORT: port(8873),
  MASTER_RSYNCD_MODULE: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', default: 'mirror' }),
  MASTER_RSYNCD_PASSWORD: secret(),
  SLAVE_USER: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', default: 'mirror' }),
  // The characters that a Bearer header may contain (RFC 6750, 2.1).
  SLAVE_TOKEN: Type.Optional(
    Type.String({
      minLength: 8,
      pattern: '^[A-Za-z0-9._~+/-]+=*$',
      description: 'at least 8 characters long, with only letters, digits and . _ ~ + / -',
    }),
  ),
  SLAVE_ID: Type.Optional(
    Type.String({
      maxLength: 300,
      // The port is a number from 1 to 65535; what comes before it is a name or an address.
      pattern: '^[^\\s/?#@]+:([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$',
      description: 'the id that the slave has in /list_slaves/, as in ftp2.example.org:7000',
    }),
  ),
  SLAVE_BIND: text('127.0.0.1'),
  SLAVE_PORT: port(7000),
  SLAVE_PUBLIC_DIR: text('./public'),
  SLAVE_DATA_DIR: text('./slave-data'),
  SLAVE_MAX_CONCURRENT_SYNCS: count(4, 1),
  SLAVE_RSYNCD_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 0 }),
  SLOW_SYNC_EVERY: count(100, 1),
  SLOW_SYNC_DAYS: count(7, 1),
  ROOT_USER: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$', default: 'root' }),
  ROOT_PASS: Type.Optional(Type.String({ minLength: 1 })),
  TOKEN_TTL_S: seconds(3600),
  TOKEN_MAX_TTL_S: seconds(2_592_000),
  SESSION_TTL_S: seconds(604_800),
  MAX_CONCURRENT_SYNCS: count(4, 1),
  MAX_SYNCS_PER_HOST: count(2, 1),
  FANOUT_CONCURRENCY: count(0, 0),
  RSYNC_BIN: text('rsync'),
  RSYNC_DEFAULT_OPTIONS: Type.String({ default: '-avH' }),
  RSYNC_DELETE_OPTION: Type.String({ default: '--delete' }),
  RSYNC_IO_TIMEOUT_S: seconds(600),
  SYNC_TIMEOUT_S: seconds(86_400),
  RETRY_LIMIT: count(3, 0),
  RETRY_BACKOFF_S: seconds(30),
  DELETE_GUARD_PERCENT: Type.Integer({ minimum: 0, maximum: 100, default: 50 }),
  DISK_FLOOR_MB: count(256, 0),
  UPSTREAM_WAIT_S: count(3600, 0),
  UPSTREAM_WALK_EVERY: count(100, 1),
  UPSTREAM_WALK_DAYS: count(7, 1),
  SLAVE_POLL_S: seconds(10),
  WEBHOOK_URLS: Type.String({ pattern: '^$|^https?://\\S+(\\s+https?://\\S+)*$', default: '' }),
  WEBHOOK_SECRET: secret(),
  SMTP_URL: Type.Optional(
    Type.String({
      pattern: '^smtps?://\\S+$',
      description: 'a mail server, as in smtp://user:password@mail.example.org:587',
    }),
  ),
  MAIL_FROM: Type.String({ default: '' }),
  MAIL_TO: Type.String({ default: '' }),
  NOTIFY_URLS: Type.String({
    pattern: '^$|^(slack|matrix|ntfy)\\+https?://\\S+(\\s+(slack|matrix|ntfy)\\+https?://\\S+)*$',
    description: 'addresses that begin with slack+https://, matrix+https:// or ntfy+https://, with spaces between them',
    default: '',
  }),
  RUN_HISTORY: count(200, 1),
  LOG_RETENTION: count(20, 0),
  KEYRINGS_DIR: file(),
  COMMANDS_DIR: file(),
  HOOK_TIMEOUT_S: seconds(300),
  COMMANDS_SANDBOX: Type.Enum(['auto', 'required', 'off'] as const, { default: 'auto' }),
  TLS_CERT: file(),
  TLS_KEY: file(),
  TLS_CA: file(),
  ALLOW_PLAINTEXT: Type.Boolean({ default: false }),
  STORE_KEY: Type.Optional(Type.String({ minLength: 16 })),
  STORE_URL: Type.String({ pattern: '^(file:.+|postgres(ql)?://.+)$' }),
  TRUSTED_PROXIES: Type.String({ default: '' }),
  PUBLIC_STATUS: Type.Boolean({ default: true }),
  SITE_URL: Type.String({ pattern: '^$|^https?://\\S+$', default: '' }),
  SITE_ABBR: text('MF'),
  SITE_NAME: text('Mirrorfleet'),
  SITE_HOMEPAGE: Type.String({ default: '' }),
  SITE_EMAIL: Type.String({ default: '' }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const, { default: 'info' }),
})

/** The checked settings of a node; folders and files are absolute paths. */
export type Settings = Readonly<Static<typeof SettingsSchema>>

/** Thrown by {@link loadSettings} with every problem that was found, one per line. */
export class SettingsError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'SettingsError'
    this.problems = problems
  }
}

/**
 * Reads the settings from `env`, and those that are not set there from the file `.env` in the folder `cwd`.
 *
 * @throws {SettingsError} that names every invalid setting, and never shows a secret.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): Settings {
  const raw = { ...readEnvFile(path.join(cwd, '.env')), ...env }
  const given: Record<string, unknown> = {}
  for (const name of Object.keys(SettingsSchema.properties)) {
    const value = raw[name]?.trim()
    if (value !== undefined && value !== '') given[name] = readValue(name, value)
  }
  const settings = withDefaults(given, cwd)
  const problems = [...schemaProblems(settings), ...crossProblems(settings)]
  if (problems.length > 0) throw new SettingsError(problems)
  return Object.freeze(Value.Clone(settings) as Settings)
}

/** The names of all variables that settings may come from. */
export function namesGiven(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): string[] {
  return Object.keys({ ...readEnvFile(path.join(cwd, '.env')), ...env })
}

/** True for an address or name that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare)
}

/** True when master and slaves all run on this machine; only then are secrets optional. */
export function isLoopbackFleet(settings: Pick<Settings, 'MASTER_BIND' | 'MASTER_HOSTNAME' | 'SLAVE_BIND'>): boolean {
  return [settings.MASTER_BIND, settings.MASTER_HOSTNAME, settings.SLAVE_BIND].every(isLoopback)
}

function readEnvFile(name: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(name, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new SettingsError([`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`])
  }
}

/** Converts whole numbers, true and false. Any other text is kept, and the schema refuses it. */
function readValue(name: string, text: string): unknown {
  const { type } = schemaOf(name)
  if (type === 'integer' && /^\d{1,15}$/.test(text)) return Number(text)
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return text
}

function schemaOf(name: string): Record<string, unknown> {
  return Object(SettingsSchema.properties)[name]
}

function withDefaults(given: Record<string, unknown>, cwd: string): Record<string, unknown> {
  // RSYNC_DELETE_OPTION is the only setting where empty differs from unset; the value `none` means empty.
  if (given.RSYNC_DELETE_OPTION === 'none') given.RSYNC_DELETE_OPTION = ''
  const settings = Value.Default(SettingsSchema, given) as Record<string, unknown>
  const absolute = (value: unknown) => path.resolve(cwd, String(value))
  settings.DATA_DIR = absolute(settings.DATA_DIR)
  settings.DEST_ROOT = absolute(settings.DEST_ROOT ?? path.join(String(settings.DATA_DIR), 'mirror'))
  settings.SLAVE_PUBLIC_DIR = absolute(settings.SLAVE_PUBLIC_DIR)
  settings.SLAVE_DATA_DIR = absolute(settings.SLAVE_DATA_DIR)
  for (const name of ['KEYRINGS_DIR', 'COMMANDS_DIR', 'TLS_CERT', 'TLS_KEY', 'TLS_CA']) {
    if (settings[name] !== undefined) settings[name] = absolute(settings[name])
  }
  // As the master writes it.
  if (settings.SLAVE_ID !== undefined) settings.SLAVE_ID = String(settings.SLAVE_ID).toLowerCase()
  settings.STORE_URL ??= `file:${settings.DATA_DIR}`
  const scheme = settings.TLS_CERT === undefined ? 'http' : 'https'
  const host = String(settings.MASTER_HOSTNAME)
  settings.MASTER_URL ??= `${scheme}://${host.includes(':') ? `[${host}]` : host}:${settings.MASTER_PORT}`
  settings.MASTER_URL = String(settings.MASTER_URL).replace(/\/$/, '')
  return settings
}

function schemaProblems(settings: Record<string, unknown>): string[] {
  const problems = new Map<string, string>()
  for (const error of Value.Errors(SettingsSchema, settings)) {
    const name = error.instancePath.slice(1)
    // Several errors may describe the same value; the first is enough.
    if (name !== '' && !problems.has(name)) problems.set(name, `${name} ${expectation(name)}`)
  }
  return [...problems.values()]
}

function expectation(name: string): string {
  const schema = schemaOf(name)
  if (schema.type === 'integer') return `must be a whole number from ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return 'must be true or false'
  if (typeof schema.description === 'string') return `must be ${schema.description}`
  if (Array.isArray(schema.enum)) return `must be one of ${schema.enum.join(', ')}`
  if (typeof schema.minLength === 'number' && schema.minLength > 1) {
    return `must have at least ${schema.minLength} characters`
  }
  return typeof schema.pattern === 'string' ? `must match ${schema.pattern}` : 'must not be empty'
}

/** They are tried at the start, not at the first failure. */
function notifyProblems({ SMTP_URL, MAIL_FROM, MAIL_TO, NOTIFY_URLS }: Settings): string[] {
  const bad = [
    ...(SMTP_URL === undefined ? [] : [['SMTP_URL', SMTP_URL]]),
    ...String(NOTIFY_URLS)
      .split(/\s+/)
      .filter(Boolean)
      .map((url) => ['NOTIFY_URLS', url]),
  ]
    .filter(([, url = '']) => !URL.canParse(url))
    .map(([name]) => `${name} holds an address that cannot be read; write special characters in it as %XX`)
  if (SMTP_URL === undefined) return bad
  const missing = MAIL_FROM === '' || MAIL_TO === '' ? ['MAIL_FROM and MAIL_TO must be set when SMTP_URL is'] : []
  return [...bad, ...missing]
}

/** What is not understood here must not be taken for a network that is wider. */
function proxyProblems({ TRUSTED_PROXIES }: Settings): string[] {
  return String(TRUSTED_PROXIES)
    .split(/\s+/)
    .filter(Boolean)
    .filter((entry) => {
      const [address = '', bits = '32', ...more] = entry.split('/')
      const most = isIP(address) === 6 ? 128 : 32
      return (
        isIP(address) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) < 1 || Number(bits) > most || more.length > 0
      )
    })
    .map(
      (entry) =>
        `TRUSTED_PROXIES holds ${entry}, which is no IP address and no network, as in 192.0.2.1 10.0.0.0/8, with spaces between them`,
    )
}

function crossProblems(settings: Record<string, unknown>): string[] {
  const problems: string[] = []
  const fleet = settings as unknown as Settings
  if (fleet.SLAVE_TOKEN === undefined && !isLoopbackFleet(fleet)) {
    problems.push(
      'SLAVE_TOKEN must be set, unless MASTER_BIND, MASTER_HOSTNAME and SLAVE_BIND are all loopback. Every master has the same; each slave has its own, which `mirrorfleet slave token ID` prints together with its SLAVE_ID',
    )
  }
  problems.push(...notifyProblems(fleet), ...proxyProblems(fleet))
  const generates = fleet.MASTER_RSYNCD !== 'external' && isLoopbackFleet(fleet)
  if (fleet.MASTER_RSYNCD_PASSWORD === undefined && !generates) {
    problems.push(
      'MASTER_RSYNCD_PASSWORD must be set to the same value on every node, unless MASTER_RSYNCD is managed and MASTER_BIND, MASTER_HOSTNAME and SLAVE_BIND are all loopback',
    )
  }
  if (!isLoopbackFleet(fleet) && fleet.TLS_CERT === undefined && fleet.ALLOW_PLAINTEXT !== true) {
    problems.push(
      'TLS_CERT, TLS_KEY and TLS_CA must be set unless MASTER_BIND, MASTER_HOSTNAME and SLAVE_BIND are all loopback; on a network that you trust, set ALLOW_PLAINTEXT=true instead',
    )
  }
  if (String(fleet.STORE_URL).startsWith('postgres')) {
    for (const name of ['STORE_KEY', 'SLAVE_TOKEN', 'MASTER_RSYNCD_PASSWORD'] as const) {
      if (fleet[name] === undefined)
        problems.push(`${name} must be set to the same value on every master when STORE_URL is a PostgreSQL database`)
    }
  }
  if ((fleet.TLS_CERT === undefined) !== (fleet.TLS_KEY === undefined)) {
    problems.push('TLS_CERT and TLS_KEY must be set together')
  }
  if (fleet.TOKEN_TTL_S > fleet.TOKEN_MAX_TTL_S) problems.push('TOKEN_TTL_S must not be above TOKEN_MAX_TTL_S')
  for (const name of ['MASTER_RSYNCD_PASSWORD', 'SLAVE_TOKEN', 'ROOT_PASS'] as const) {
    if (/[\r\n\0]/.test(fleet[name] ?? '')) problems.push(`${name} must be a single line`)
  }
  return problems
}
