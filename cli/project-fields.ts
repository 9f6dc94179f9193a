// Turns the options of `mirrorfleet project` into fields of the API. Pure.

import { readBandwidth } from '../shared/bandwidth-text.ts'
import { readCronLine } from '../shared/cron/cron-line.ts'
import { readHooks } from '../shared/hooks-text.ts'
import { readProbe } from '../shared/probe-text.ts'
import { readOptionText } from '../shared/rsync/option-text.ts'
import { SCHEDULE_FIELDS } from '../shared/schemas/schedule-fields.ts'
import { readTrace } from '../shared/trace-text.ts'
import { readSource } from './source-text.ts'
import { UsageError } from './usage-error.ts'

/** The options as commander has them, by their names in camel case. */
export type Basics = Record<string, string | undefined>

/** What a crontab has no field for. */
const BESIDE_CRON: readonly string[] = ['start_date', 'end_date', 'timezone']

/** The options as fields of the API, without those that are not given. */
export function basicsOf(options: Basics, env: NodeJS.ProcessEnv): object {
  const { dest, node, publish, stages, layout, verify, jitter, probe, source } = options
  const given = {
    source: source === undefined ? undefined : readSource(source),
    rsync_host: options.host,
    rsync_port: numberOf('--port', options.port),
    rsync_module: options.module,
    rsync_user: options.upstreamUser,
    rsync_password: isRsync(options) ? env.MIRRORFLEET_UPSTREAM_PASSWORD : undefined,
    trigger_secret: env.MIRRORFLEET_TRIGGER_SECRET,
    address: noneOr(options.address),
    proxy: noneOr(options.proxy),
    transport: options.transport,
    ssh_known_host: noneOr(options.sshKnownHost),
    ssh_key: options.transport === 'ssh' ? env.MIRRORFLEET_SSH_KEY : undefined,
    dest,
    node,
    publish,
    keep_generations: numberOf('--keep', options.keep),
    stages,
    layout,
    verify,
    verify_keyring: options.keyring,
    delete_guard_percent: numberOf('--guard', options.guard),
    tolerated_exit_codes: numbersOf('--tolerate', options.tolerate),
    wait_for: namesOf(options.waitFor),
    local_files: booleanOf('--local-files', options.localFiles),
    hooks: options.hooks === undefined ? undefined : readHooks(options.hooks),
    trace: options.trace === undefined ? undefined : readTrace(options.trace),
    jitter_s: jitter === '0' ? null : numberOf('--jitter', jitter),
    interval_s: options.interval === 'none' ? null : numberOf('--interval', options.interval),
    retry_limit: numberOf('--retries', options.retries),
    priority: signedOf('--priority', options.priority),
    io_timeout_s: numberOf('--io-timeout', options.ioTimeout),
    timeout_s: numberOf('--timeout', options.timeout),
    max_syncs_per_host: numberOf('--syncs-per-host', options.syncsPerHost),
    bandwidth: bandwidthOf(options.bandwidth),
    downstreams: downstreamsOf(options.downstreams, env.MIRRORFLEET_DOWNSTREAM_SECRET),
    probe: probe === undefined ? undefined : readProbe(probe),
    rsync_options: options.options === undefined ? undefined : readOptionText(options.options),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** The password for rsync may be in the environment of somebody who adds another kind. */
export function isRsync({ source = 'rsync' }: Basics): boolean {
  return source === 'rsync'
}

/** The schedule of `--cron`, or of an option for each field. @throws {UsageError} when both are given. */
export function scheduleOf(options: Basics): Record<string, string> {
  const camel = (field: string) => field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const fields = SCHEDULE_FIELDS.flatMap((field): [string, string][] => {
    const value = options[camel(field)]
    return value === undefined ? [] : [[field, value]]
  })
  if (options.cron === undefined) return Object.fromEntries(fields)
  const doubled = fields
    .filter(([field]) => !BESIDE_CRON.includes(field))
    .map(([field]) => `--${field.replaceAll('_', '-')}`)
  if (doubled.length > 0) throw new UsageError(`--cron is the whole schedule. Give it without ${doubled.join(', ')}.`)
  return { ...readCron(options.cron), ...Object.fromEntries(fields) }
}

function readCron(text: string): Record<string, string> {
  try {
    const { schedule, eitherDay, rest } = readCronLine(text)
    if (eitherDay)
      throw new Error('cron runs when the day or the weekday matches, Mirrorfleet when both match; give one')
    if (rest !== '') throw new Error(`it has more than five fields: ${rest}`)
    return schedule
  } catch (error) {
    throw new UsageError(`--cron "${text}": ${error instanceof Error ? error.message : error}`)
  }
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new UsageError(`${name}: "${text}" is not a whole number`)
  return Number(text)
}

function noneOr(text: string | undefined): string | null | undefined {
  return text === 'none' ? null : text
}

function booleanOf(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  if (text !== 'yes' && text !== 'no') throw new UsageError(`${name}: "${text}" is neither yes nor no.`)
  return text === 'yes'
}

function signedOf(name: string, text: string | undefined): number | undefined {
  const amount = numberOf(name, text?.replace(/^-/, ''))
  return amount !== undefined && text?.startsWith('-') ? -amount : amount
}

/** `none`: no name at all; `layout`: those of the layout. */
function namesOf(text: string | undefined): string[] | null | undefined {
  if (text === undefined) return undefined
  if (text === 'layout') return null
  return text === 'none' ? [] : text.split(',').filter(Boolean)
}

function bandwidthOf(text: string | undefined) {
  if (text === undefined) return undefined
  return text === 'none' ? null : readBandwidth(text)
}

/** Addresses with commas between them, all with one secret; `none` for none. */
function downstreamsOf(text: string | undefined, secret: string | undefined) {
  if (text === undefined) return undefined
  const urls = text === 'none' ? [] : text.split(',').filter(Boolean)
  return urls.map((url) => ({ url, ...(secret === undefined ? {} : { secret }) }))
}

/** Numbers with commas between them; `none` for none. */
function numbersOf(name: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined
  return text === 'none' ? [] : text.split(',').flatMap((one) => numberOf(name, one) ?? [])
}
