// Asks the master itself: whether it answers and can work, its clock, and its certificate.

import { connect } from 'node:tls'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { type Finding, fault, ok, warning } from './finding.ts'

const Health = Type.Object({ version: Type.String() })
const Readiness = Type.Object({ problems: Type.Array(Type.String()) })
const TIMEOUT_MS = 10_000
const DAY_MS = 86_400_000
/** HTTP's Date has whole seconds, and the way here takes some time. */
const CLOCK_S = 5
const TELL_DAYS = 21

/** `version` is null when no master answers. */
export async function checkMaster(url: string): Promise<{ findings: Finding[]; version: string | null }> {
  const ask = (path: string) => fetch(`${url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  const alive = await ask('/healthz')
  const health: unknown = await alive.json().catch(() => null)
  if (!Value.Check(Health, health)) {
    const advice = 'Give the address of the master: --url, --context or MIRRORFLEET_URL.'
    return {
      findings: [fault(`master ${url}`, 'something answers there, but it is not a master', advice)],
      version: null,
    }
  }
  const readiness: unknown = await (await ask('/readyz')).json().catch(() => null)
  const problems = Value.Check(Readiness, readiness) ? readiness.problems : []
  const findings = [
    ok(`master ${url}`, `answers, version ${health.version}`),
    ...problems.map((problem) => fault(`master ${url}`, `cannot work: ${problem}`, 'Its log says more.')),
    ...checkClock(alive.headers.get('date'), Date.now()),
    ...(await checkCertificate(url)),
  ]
  return { findings, version: health.version }
}

/** `date` is the header of an answer, `now` in milliseconds since 1970. */
export function checkClock(date: string | null, now: number): Finding[] {
  const there = Date.parse(date ?? '')
  if (Number.isNaN(there)) return []
  const apart = Math.round(Math.abs(there - now) / 1000)
  if (apart <= CLOCK_S) return [ok('clock', 'agrees with the clock of the master')]
  const what = `differs from the clock of the master by ${apart} s`
  return [warning('clock', what, 'Have the time set on both machines, for example with chrony.')]
}

async function checkCertificate(url: string): Promise<Finding[]> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'https:') return []
  const ends = await new Promise<string>((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connect({ host, port: Number(port || 443), servername: host, timeout: TIMEOUT_MS }, () => {
      resolve(socket.getPeerCertificate().valid_to)
      socket.end()
    })
    socket.on('error', reject).on('timeout', () => socket.destroy(new Error('no answer')))
  }).catch(() => null)
  return ends === null ? [] : [judgeCertificate(ends, Date.now())]
}

/** `ends` as in a certificate, `now` in milliseconds since 1970. */
export function judgeCertificate(ends: string, now: number): Finding {
  const days = Math.floor((Date.parse(ends) - now) / DAY_MS)
  if (days >= TELL_DAYS) return ok('certificate', `is valid for ${days} days`)
  return warning('certificate', `expires in ${days} days (${ends})`, 'Renew it and restart the master.')
}
