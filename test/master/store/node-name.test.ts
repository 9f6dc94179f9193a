// The name of a master on a PostgreSQL of the tests' own: who has it, and what the loss of a connection does to it.

import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Database } from '../../../master/store/postgres/database.ts'
import { type NameState, NodeName } from '../../../master/store/postgres/node-name.ts'
import { Notices } from '../../../master/store/postgres/notices.ts'
import { type SamplePostgres, startPostgres } from '../../../scripts/sample/postgres.ts'
import { until } from '../../../scripts/sample/until.ts'

let postgres: SamplePostgres
let databases = 0

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

/** Notices of a master, which hold its name, and the states that it had since it started. */
async function startNotices(url: string) {
  const database = new Database(url, 1)
  const notices = new Notices(database, 'one', () => {})
  onTestFinished(async () => {
    await notices.stop()
    await database.close()
  })
  await notices.start()
  const states: NameState[] = []
  notices.name.onChange((state) => states.push(state))
  return { notices, states }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end().catch(() => {}))
  return client
}

const makeDatabase = () => postgres.createDatabase(`name_${++databases}`)

describe('the name of a master', () => {
  it('is held while it works, and unsure at most when its session is ended', async () => {
    const url = makeDatabase()
    const { notices, states } = await startNotices(url)
    expect([notices.name.state, notices.name.problem()]).toEqual(['held', null])
    const killer = await connect(url)
    await killer.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
    await until('it to be held again', () => states.length >= 2)
    expect(states).toEqual(['unsure', 'held'])
  })

  it('is free for the next one after the stop', async () => {
    const url = makeDatabase()
    const { notices } = await startNotices(url)
    await notices.stop()
    expect((await startNotices(url)).notices.name.state).toBe('held')
  })

  it('is taken back from a session of its own that the server still has', async () => {
    const url = makeDatabase()
    const [cutOff, next] = [await connect(url), await connect(url)]
    const name = new NodeName('one')
    await name.await(cutOff)
    name.lose()
    await name.take(next)
    expect(name.state).toBe('unsure')
    await until('it to be held', async () => {
      await name.take(next)
      return name.state === 'held'
    })
    await expect(cutOff.query('SELECT 1')).rejects.toThrow()
  })

  it('is taken while another process has it, whose session is left alone', async () => {
    const url = makeDatabase()
    const [own, again, theirs] = [await connect(url), await connect(url), await connect(url)]
    const [name, other] = [new NodeName('one'), new NodeName('one')]
    await name.await(own)
    await own.end()
    name.lose()
    await other.await(theirs)
    await name.take(again)
    expect(name.state).toBe('taken')
    expect(name.problem()).toContain('Another process works under the name "one"')
    await theirs.query('SELECT 1')
    await theirs.end()
    await until('it to be held', async () => {
      await name.take(again)
      return name.state === 'held'
    })
  })

  it('differs from that of another master', async () => {
    const url = makeDatabase()
    const [one, two] = [new NodeName('one'), new NodeName('two')]
    await one.await(await connect(url))
    await two.await(await connect(url))
    expect([one.state, two.state]).toEqual(['held', 'held'])
  })
})
