// How many requests a second does /list_projects/ answer, next to a bare Fastify route that returns the same array?

import autocannon from 'autocannon'
import Fastify from 'fastify'
import { BENCH_USER, benchProject, startBenchMaster } from './bench-master.ts'
import { print, showSpread } from './statistics.ts'

const PROJECTS = 300
const ROUNDS = 5
const SECONDS = 3
const CONNECTIONS = 10

export async function benchListProjects(): Promise<void> {
  const master = await startBenchMaster()
  for (let number = 0; number < PROJECTS; number++) {
    await master.context.projects.add(BENCH_USER, benchProject(number, master.context.settings.DEST_ROOT))
  }
  const { token } = await master.context.users.createToken(BENCH_USER, undefined)
  const list: unknown = JSON.parse(await master.context.views.listJson())
  const bare = Fastify()
  bare.get('/list_projects/', async () => list)
  const bareUrl = await bare.listen({ host: '127.0.0.1', port: 0 })

  const [withToken, withBasic, plain]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await measure(bareUrl, {}))
    withToken.push(await measure(master.url, { authorization: `Bearer ${token}` }))
    withBasic.push(
      await measure(master.url, { authorization: `Basic ${Buffer.from('root:bench').toString('base64')}` }),
    )
  }
  print(`${PROJECTS} projects, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s each, requests a second`)
  print(`bare Fastify route: ${showSpread(plain, 0)}`)
  print(`with a token: ${showSpread(withToken, 0)}, ratio ${showSpread(ratios(withToken, plain))}`)
  print(`with Basic: ${showSpread(withBasic, 0)}, ratio ${showSpread(ratios(withBasic, plain))}`)
  await bare.close()
  await master.stop()
}

async function measure(url: string, headers: Record<string, string>): Promise<number> {
  const result = await autocannon({
    url: `${url}/list_projects/`,
    headers,
    connections: CONNECTIONS,
    duration: SECONDS,
  })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were not 200`)
  return result.requests.average
}

function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, index) => value / (theirs[index] ?? Number.NaN))
}
