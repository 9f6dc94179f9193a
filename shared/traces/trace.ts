// The files by which a node says when it was synced, and from where: their names and texts. Pure.

import type { Trace } from '../schemas/project-additions.ts'

/** What a node knows of the sync that has ended. Times in milliseconds since 1970. */
export interface TraceFacts {
  /** The node's own host name. */
  host: string
  /** Name and version of the program. */
  creator: string
  began: number
  ended: number
  /** What started the run. */
  trigger: string
  /** The host that the tree came from; empty when there is none. */
  upstream: string
  /** The `Archive serial` of the archive; null when it has none. */
  serial: string | null
  /** That came from there. */
  bytes: number
}

/** Where Debian's mirror tools keep theirs. */
const TRACE_FOLDER = 'project/trace'
const TIMESTAMP_FILE = 'lastsync'
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The path below the tree. `name` is the node's public name: a host name, or an address. */
export function tracePath({ style, file = TIMESTAMP_FILE }: Trace, name: string): string {
  return style === 'debian'
    ? `${TRACE_FOLDER}/${name.replace(/[^A-Za-z0-9._+-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')}`
    : file
}

/**
 * For `debian` the fields that ftpsync writes: the first line as of `date -u`, then names and values; for `timestamp` the seconds
 * since 1970.
 */
export function traceText({ style }: Trace, facts: TraceFacts): string {
  if (style === 'timestamp') return `${Math.floor(facts.ended / 1000)}\n`
  const seconds = Math.max(1, Math.round((facts.ended - facts.began) / 1000))
  const fields: [string, string | number][] = [
    ['Date', showMailDate(facts.ended)],
    ['Date-Started', showMailDate(facts.began)],
    ['Archive serial', facts.serial ?? 'unknown'],
    ['Creator', facts.creator],
    ['Running on host', facts.host],
    ['Trigger', facts.trigger],
    ...(facts.upstream === '' ? [] : ([['Upstream-mirror', facts.upstream]] as [string, string][])),
    ['Rsync-Transport', 'plain'],
    ['Total bytes received in rsync', facts.bytes],
    ['Total time spent in rsync', seconds],
    ['Average rate', `${Math.round(facts.bytes / seconds)} B/s`],
  ]
  return `${showDate(facts.ended)}\n${fields.map(([name, value]) => `${name}: ${value}\n`).join('')}`
}

/** The serial number of an archive, in the text of its own trace file; null when it has none. */
export function readSerial(text: string): string | null {
  return /^Archive serial:[ \t]*([0-9]{1,20})[ \t]*$/im.exec(text)?.[1] ?? null
}

/** As `date -u` in the POSIX locale: `Fri Nov 27 07:05:09 UTC 2026`. */
function showDate(at: number): string {
  const { weekday, day, month, year, time } = partsOf(at)
  return `${weekday} ${month} ${String(day).padStart(2, ' ')} ${time} UTC ${year}`
}

/** As in mail (RFC 5322, section 3.3): `Fri, 27 Nov 2026 07:05:09 +0000`. */
function showMailDate(at: number): string {
  const { weekday, day, month, year, time } = partsOf(at)
  return `${weekday}, ${String(day).padStart(2, '0')} ${month} ${year} ${time} +0000`
}

function partsOf(at: number) {
  const date = new Date(at)
  return {
    weekday: WEEKDAYS[date.getUTCDay()] ?? '',
    day: date.getUTCDate(),
    month: MONTHS[date.getUTCMonth()] ?? '',
    year: date.getUTCFullYear(),
    time: date.toISOString().slice(11, 19),
  }
}
