import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { useSample } from '../helpers/sample.ts'
import { askSlave, orderAll, REPORT } from '../helpers/slave-log-in.ts'

const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1' } })

const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64url')
/** What a request needs to log in: as the contract has it, written anew. */
const headersOf = (own: string, id: string, direction: string) => ({
  authorization: `Bearer ${hmac(own, direction)}`,
  'mirrorfleet-slave': id,
})

const slaveAt = (index: number) => {
  const slave = sample.fleet.slaves[index]
  if (slave === undefined) throw new Error('no such slave')
  return slave
}
const tokenOf = async (id: string): Promise<string> => (await sample.fleet.api.ask('/slave_token/', { id })).token
const viewOf = async (id: string): Promise<SlaveView> =>
  (await sample.fleet.api.ask('/list_slaves/')).find((one: SlaveView) => one.id === id)
const untilState = (id: string, state: SlaveView['state']) =>
  until(`${id} to be ${state}`, async () => {
    const view = await viewOf(id)
    return view.state === state && view
  })

/** Starts a slave again, with a token that no other node has unless the settings say otherwise. */
const restartSlave = async (index: number, more: Record<string, string>) => {
  const slave = slaveAt(index)
  await slave.process?.stop()
  await sample.fleet.startSlave(slave, more)
}

beforeAll(async () => {
  await sample.fleet.api.ask('/add_project/', sample.payload('fedora'))
  await sample.fleet.api.sync('fedora')
})

describe('slaves that have tokens of their own', () => {
  let [a, b] = ['', '']
  beforeAll(async () => {
    for (const index of [0, 1]) {
      const { id } = slaveAt(index)
      // Their own data folder has no secret: what they know is their own token, and the password of rsyncd.
      const own = { DATA_DIR: path.join(sample.fleet.root, `slave-${index + 1}`, 'own'), SLAVE_ID: id }
      await restartSlave(index, {
        ...own,
        SLAVE_TOKEN: await tokenOf(id),
        MASTER_RSYNCD_PASSWORD: sample.secret('MASTER_RSYNCD_PASSWORD'),
      })
    }
    a = await tokenOf(slaveAt(0).id)
    b = await tokenOf(slaveAt(1).id)
  })
  afterAll(async () => {
    for (const index of [0, 1]) await restartSlave(index, {})
  })

  it('get them derived from the one of the master, by their ids', async () => {
    expect(a).toBe(hmac(sample.secret('SLAVE_TOKEN'), `slave ${slaveAt(0).id}`))
    expect(a).not.toBe(b)
    const added = await sample.fleet.api.ask('/add_slave/', { hostname: 'LOCALHOST', port: slaveAt(0).port })
    expect(added).toMatchObject({ id: slaveAt(0).id, token: a, reachable: true })
  })

  it('sync with them', async () => {
    const run = await sample.fleet.api.sync('fedora')
    expect(run.state).toBe('succeeded')
    expect(compareTrees(sample.upstream.folder, path.join(slaveAt(0).publicFolder, 'fedora'))).toBe('')
  })

  it('cannot order or purge each other with anything that they know', async () => {
    const [{ id: idA }, { id: idB, port, publicFolder }] = [slaveAt(0), slaveAt(1)]
    const [{ key }] = await sample.fleet.api
      .ask('/list_projects/?id=fedora')
      .then(async (projects) =>
        projects.map(({ last_run }: { last_run: { run: string } }) => ({ key: last_run.run.replace(/-\d+$/, '') })),
      )
    const attempts = [
      headersOf(a, idA, 'to-slave'),
      headersOf(a, idB, 'to-slave'),
      headersOf(a, idA, 'to-master'),
      headersOf(a, idB, 'to-master'),
      { authorization: `Bearer ${a}` },
      { authorization: `Bearer ${a}`, 'mirrorfleet-slave': idB },
      headersOf(hmac(a, `slave ${idB}`), idB, 'to-slave'),
    ]
    for (const headers of attempts) expect(await orderAll(port, headers, key)).toEqual(Array(7).fill(401))
    expect(compareTrees(sample.upstream.folder, path.join(publicFolder, 'fedora'))).toBe('')
    // The same requests with B's own log-in reach their routes.
    expect(await askSlave(port, '/jobs/', headersOf(b, idB, 'to-slave'))).toBe(200)
  })

  it('report and ask for themselves only, and what comes to a slave is no log-in at the master', async () => {
    const { api } = sample.fleet
    const [idA, idB] = [slaveAt(0).id, slaveAt(1).id]
    const { run } = await api.sync('fedora')
    const before = await api.ask(`/get_run/?run=${run}`)
    const report = { ...REPORT, run, slave_id: idB }
    const progress = { percent: 1, bytes: 1, rate: 1, eta_s: null, files_checked: 1, files_total: 1 }
    const askAll = async (headers: Record<string, string>) => [
      (await api.call('/slave_rsync_complete/', report, headers)).status,
      (await api.call('/slave_progress/', { run, slave_id: idB, progress }, headers)).status,
      (await api.call(`/slave_changes/?run=${run}&slave_id=${encodeURIComponent(idB)}`, undefined, headers)).status,
    ]
    expect(await askAll(headersOf(a, idA, 'to-master'))).toEqual([403, 403, 403])
    for (const headers of [headersOf(a, idB, 'to-master'), headersOf(b, idB, 'to-slave')])
      expect(await askAll(headers)).toEqual([401, 401, 401])
    expect(await askAll(headersOf(b, idB, 'to-master'))).toEqual([200, 404, 404])
    expect(await api.ask(`/get_run/?run=${run}`)).toEqual(before)
  })

  it('are not kept out by guessing from the same address', async () => {
    const { api } = sample.fleet
    const { id } = slaveAt(0)
    const ask = async (headers: Record<string, string>) =>
      (await api.call('/slave_generations/', undefined, headers)).status
    await until('the guesses to be limited', async () => (await ask(headersOf('a guess', id, 'to-master'))) === 429)
    expect(await ask(headersOf(a, id, 'to-master'))).toBe(200)
  })

  it('lose their place with the removal, though not their token', async () => {
    const { api } = sample.fleet
    const id = 'gone.example.org:7000'
    const { token } = await api.ask('/add_slave/', { hostname: 'gone.example.org', port: 7000 })
    const ask = async (route: string) => (await api.call(route, undefined, headersOf(token, id, 'to-master'))).status
    expect([await ask('/slave_generations/'), await ask('/slave_fleet/')]).toEqual([200, 200])
    await api.ask('/remove_slave/', { hostname: 'gone.example.org' })
    expect([await ask('/slave_generations/'), await ask('/slave_fleet/')]).toEqual([404, 404])
    expect((await api.call('/slave_token/', { id })).status).toBe(404)
  })
})

describe('a made-up slave that records everything', () => {
  it('sees nothing that works anywhere else', async () => {
    const { api } = sample.fleet
    const seen: { url: string; headers: IncomingHttpHeaders; body: string }[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push({ url: request.url ?? '', headers: request.headers, body })
      const health = { status: 'ok', version: '9', trees: `${seen.length}`, rsyncd_port: null, protocol: 2 }
      const answer = request.url?.startsWith('/healthz') ? health : { jobs: [], anchors: {}, run: 'x-1' }
      const status = request.url?.startsWith('/sync_from_master') ? 500 : 200
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    onTestFinished(async () => {
      await api.ask('/remove_slave/', { hostname: 'localhost', port })
      server.closeAllConnections()
      server.close()
    })
    await api.ask('/add_slave/', { hostname: 'localhost', port })
    const { run } = await api.sync('fedora')
    expect(seen.map(({ url }) => url)).toContain('/sync_from_master/')

    const secrets = [
      sample.secret('SLAVE_TOKEN'),
      sample.secret('MASTER_RSYNCD_PASSWORD'),
      await tokenOf(slaveAt(0).id),
    ]
    for (const secret of secrets) expect(JSON.stringify(seen)).not.toContain(secret)
    for (const { url, headers } of seen.filter(({ url }) => url.startsWith('/healthz')))
      expect([url, headers.authorization, headers['mirrorfleet-slave']]).toEqual([url, undefined, undefined])

    const bearers = new Set(seen.map(({ headers }) => headers.authorization).filter((one) => one !== undefined))
    expect(bearers.size).toBe(1)
    const [authorization = ''] = bearers
    // Its own id, those of the others, and none; the slaves share the master's token here.
    for (const slave of sample.fleet.slaves) {
      for (const id of [`localhost:${port}`, ...sample.fleet.slaves.map((one) => one.id), null]) {
        const headers = { authorization, ...(id === null ? {} : { 'mirrorfleet-slave': id }) }
        const statuses = await orderAll(slave.port, headers, 'any-k')
        expect(statuses).toEqual(Array(7).fill(id === `localhost:${port}` ? 403 : 401))
      }
    }
    for (const id of [`localhost:${port}`, slaveAt(0).id]) {
      const headers = { authorization, 'mirrorfleet-slave': id }
      const report = { ...REPORT, run, slave_id: id }
      expect([401, 429]).toContain((await api.call('/slave_rsync_complete/', report, headers)).status)
    }
    expect((await api.call('/list_users/', undefined, { authorization })).status).toBeGreaterThanOrEqual(401)
  })
})

describe('a slave whose token differs', () => {
  it('is shown as refusing, with what to do, and works when that is done', async () => {
    const { id } = slaveAt(1)
    await restartSlave(1, { SLAVE_TOKEN: 'another-token-entirely' })
    const view = await untilState(id, 'refuses')
    expect(view.reason).toBe(
      `SLAVE_TOKEN differs. Run "mirrorfleet slave token ${id}", set the SLAVE_ID and SLAVE_TOKEN that it prints on the slave, and restart the slave.`,
    )
    expect(view.version).not.toBeNull()
    expect(slaveAt(1).process?.output()).toMatch(/does not fit the one of the master.*a request was refused/)
    const run = await sample.fleet.api.sync('fedora')
    expect(run.slaves.find((slave) => slave.slave_id === id)).toMatchObject({
      state: 'unreachable',
      error: expect.stringContaining(`refused: SLAVE_TOKEN differs. Run "mirrorfleet slave token ${id}"`),
    })

    await restartSlave(1, { SLAVE_ID: 'localhost:1', SLAVE_TOKEN: await tokenOf(id) })
    // It was refusing before, for another reason.
    await expect.poll(async () => (await untilState(id, 'refuses')).reason).toMatch(/^SLAVE_ID differs/)

    await restartSlave(1, { SLAVE_ID: id, SLAVE_TOKEN: await tokenOf(id) })
    expect((await untilState(id, 'up')).reason).toBeNull()
    await restartSlave(1, {})
    await untilState(id, 'up')
  })
})
