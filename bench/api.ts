// How many requests per second does the API answer, compared with a bare Fastify route that returns the same?

import autocannon from 'autocannon'
import Fastify from 'fastify'
import { BENCH_USER, type BenchMaster, benchProject, startBenchMaster } from './bench-master.ts'
import { type Clock, wallClock } from './clock.ts'
import { type Report, ratios } from './report.ts'

const SIZES = [300, 10_000]
const ROUNDS = 5
const SECONDS = 2
const CONNECTIONS = 10
/** It looks so often whether the time is up. */
const SAMPLE_MS = 100
const ADDED_AT_ONCE = 64
/** The original with 300 projects, measured in 2026 on a machine with two processors. */
const ORIGINAL_LISTS_A_SECOND = 44

type Headers = Record<string, string>
/** How long to ask in a round, in seconds, or how often. */
type Effort = { duration: number } | { amount: number }
const showEffort = (effort: Effort) => ('amount' in effort ? `${effort.amount} requests` : `${effort.duration} s`)
/** Requests a second of an address. */
type Measure = (url: string, headers: Headers) => Promise<number>

export async function benchApi(
  report: Report,
  sizes: readonly number[] = SIZES,
  effort: Effort = { duration: SECONDS },
  clock: Clock = wallClock,
): Promise<void> {
  report.note(`${CONNECTIONS} connections, ${ROUNDS} rounds of ${showEffort(effort)} each in turn; requests a second`)
  const measure: Measure = (url, headers) => measureRate(url, headers, effort, clock)
  const master = await startBenchMaster()
  const { token } = await master.context.users.createToken(BENCH_USER, undefined)
  const withToken = { authorization: `Bearer ${token}` }
  const withBasic = { authorization: `Basic ${Buffer.from('root:bench').toString('base64')}` }
  let added = 0
  for (const size of sizes) {
    while (added < size) added += await addSome(master, added, size)
    await benchLists(report, master, size, { withToken, withBasic, measure })
    await benchSyncup(report, master, size, { withToken, withBasic, measure })
  }
  await benchNewRuns(report, master, added, withToken)
  await master.stop()
}

async function addSome(master: BenchMaster, first: number, until: number): Promise<number> {
  const count = Math.min(ADDED_AT_ONCE, until - first)
  const root = master.context.settings.DEST_ROOT
  const numbers = Array.from({ length: count }, (_, index) => first + index)
  await Promise.all(numbers.map((number) => master.context.projects.add(BENCH_USER, benchProject(number, root))))
  return count
}

interface Asking {
  measure: Measure
  withToken: Headers
  withBasic: Headers
}

async function benchLists(report: Report, master: BenchMaster, size: number, asking: Asking): Promise<void> {
  const list: unknown = await (await fetch(`${master.url}/list_projects/`, { headers: asking.withToken })).json()
  const bare = await startBare('/list_projects/', list)
  const etag = (await fetch(`${master.url}/list_projects/`, { headers: asking.withToken })).headers.get('etag') ?? ''
  const [plain, token, basic, unchanged]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await asking.measure(`${bare.url}/list_projects/`, {}))
    token.push(await asking.measure(`${master.url}/list_projects/`, asking.withToken))
    basic.push(await asking.measure(`${master.url}/list_projects/`, asking.withBasic))
    unchanged.push(await asking.measure(`${master.url}/list_projects/`, { ...asking.withToken, 'if-none-match': etag }))
  }
  await bare.stop()
  report.figure(`list_projects of ${size}: bare Fastify route`, '/s', plain)
  report.figure(`list_projects of ${size}, token`, '/s', token)
  report.figure(`list_projects of ${size}, token, over bare`, '', ratios(token, plain), { least: 0.8 })
  report.figure(`list_projects of ${size}, Basic, over bare`, '', ratios(basic, plain))
  report.figure(`list_projects of ${size}, token, unchanged (304), over bare`, '', ratios(unchanged, plain))
  if (size === 300)
    report.figure(
      'list_projects of 300, token, over the original',
      '',
      token.map((one) => one / ORIGINAL_LISTS_A_SECOND),
    )
}

/** A project that is syncing already: the answer is its run, and nothing is written. */
async function benchSyncup(report: Report, master: BenchMaster, size: number, asking: Asking): Promise<void> {
  const ask = `${master.url}/syncup/?id=project-0`
  const answer: unknown = await (await fetch(ask, { headers: asking.withToken })).json()
  const bare = await startBare('/syncup/', answer)
  const [plain, token, basic]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await asking.measure(`${bare.url}/syncup/?id=project-0`, {}))
    token.push(await asking.measure(ask, asking.withToken))
    basic.push(await asking.measure(ask, asking.withBasic))
  }
  await bare.stop()
  report.figure(`syncup with ${size} projects, of one with a run: bare Fastify route`, '/s', plain)
  report.figure(`syncup with ${size} projects, of one with a run, token`, '/s', token)
  report.figure(`syncup with ${size} projects, of one with a run, token, over bare`, '', ratios(token, plain), {
    least: 0.8,
  })
  report.figure(`syncup with ${size} projects, of one with a run, Basic, over bare`, '', ratios(basic, plain))
}

/** Each request makes a run, durably. */
async function benchNewRuns(report: Report, master: BenchMaster, most: number, headers: Headers): Promise<void> {
  const aRound = Math.min(200, Math.floor((most - 1) / ROUNDS))
  const ask = async (number: number) => {
    const response = await fetch(`${master.url}/syncup/?id=project-${number}`, { headers })
    if (response.status !== 202) throw new Error(await response.text())
    await response.text()
  }
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const numbers = Array.from({ length: aRound }, (_, index) => 1 + round * aRound + index)
    const started = performance.now()
    for (let first = 0; first < numbers.length; first += CONNECTIONS)
      await Promise.all(numbers.slice(first, first + CONNECTIONS).map(ask))
    rates.push((numbers.length / (performance.now() - started)) * 1000)
  }
  report.figure('syncup of idle projects: new runs, durable', '/s', rates)
}

async function startBare(route: string, answer: unknown) {
  const bare = Fastify()
  bare.get(route, async () => answer)
  return { url: await bare.listen({ host: '127.0.0.1', port: 0 }), stop: () => bare.close() }
}

async function measureRate(url: string, headers: Headers, effort: Effort, clock: Clock): Promise<number> {
  const started = clock()
  const result = await autocannon({ url, headers, connections: CONNECTIONS, ...effort, sampleInt: SAMPLE_MS })
  const unwell = result['4xx'] + result['5xx'] + result.errors
  if (unwell > 0) throw new Error(`${unwell} answers of ${url} were not well`)
  return (result.requests.total / (clock() - started)) * 1000
}
