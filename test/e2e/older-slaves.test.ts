// A slave of the release before, which refuses the fields that it does not know: it is served as before.

import { createServer, type IncomingMessage, request } from 'node:http'
import path from 'node:path'
import { Compile } from 'typebox/compile'
import { describe, expect, it, onTestFinished } from 'vitest'
import { changeSampleTree, compareTrees } from '../../scripts/sample/trees.ts'
import { Strict } from '../../shared/schemas/common.ts'
import { PublishTree, SyncFromMaster } from '../../shared/schemas/messages.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1' } })

const { epoch: _, ...ordered } = SyncFromMaster.properties
const { epoch: __, ...published } = PublishTree.properties
/** What one of protocol 2 takes; any other field is refused. */
const PROTOCOL_2 = {
  '/sync_from_master/': Compile(Strict(ordered)),
  '/publish/': Compile(Strict(published)),
}

const bodyOf = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Puts the border of protocol 2 before a slave: what came in after it does not get through, in either direction. */
async function speakProtocol2(port: number): Promise<{ port: number; refused: string[] }> {
  const refused: string[] = []
  const border = createServer(async (asked, reply) => {
    const body = await bodyOf(asked)
    const shape = Object.entries(PROTOCOL_2).find(([route]) => route === asked.url)?.[1]
    if (shape !== undefined && !shape.Check(JSON.parse(body))) {
      refused.push(body)
      reply.writeHead(400, { 'content-type': 'application/json' }).end('{}')
      return
    }
    const headers = { ...asked.headers, host: `localhost:${port}` }
    const passed = request(
      { host: '127.0.0.1', port, path: asked.url, method: asked.method, headers },
      async (answer) => {
        const text = await bodyOf(answer)
        const isJson = String(answer.headers['content-type']).includes('json')
        const { tag, ...others } = isJson ? JSON.parse(text) : {}
        const older = { ...others, ...('protocol' in others ? { protocol: 2 } : {}) }
        reply.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] })
        reply.end(isJson ? JSON.stringify(older) : text)
      },
    )
    passed.on('error', () => reply.destroy())
    passed.end(body)
  })
  await new Promise<void>((resolve) => border.listen(0, '127.0.0.1', resolve))
  const address = border.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  onTestFinished(() => {
    border.closeAllConnections()
    border.close()
  })
  return { port: address.port, refused }
}

describe('a slave of protocol 2', () => {
  it('gets every generation, in place and atomic, also from a master that has just started', async () => {
    const { api, slaves, master, startMaster, startSlave } = sample.fleet
    const [older, newer] = slaves
    if (older === undefined || newer === undefined) throw new Error('two slaves are needed')
    const { port, refused } = await speakProtocol2(older.port)
    await api.ask('/remove_slave/', { hostname: 'localhost', port: older.port })
    const { token } = await api.ask('/add_slave/', { hostname: 'localhost', port })
    // It is reached by another port than its own.
    await older.process?.stop()
    await startSlave(older, { SLAVE_ID: `localhost:${port}`, SLAVE_TOKEN: token })
    for (const publish of ['in_place', 'atomic']) {
      await api.ask('/add_project/', sample.payload(publish, { publish }))
      expect((await api.sync(publish)).error).toBeNull()
    }
    await changeSampleTree(sample.upstream.folder)
    await master.stop()
    await startMaster()
    for (const project of ['in_place', 'atomic']) {
      const run = await api.sync(project)
      expect(run.error).toBeNull()
      expect(run.slaves.map(({ state, method }) => [state, method])).toEqual([
        ['succeeded', 'normal'],
        ['succeeded', 'normal'],
      ])
      for (const { publicFolder } of [older, newer])
        expect(compareTrees(sample.upstream.folder, path.join(publicFolder, project))).toBe('')
    }
    expect(refused).toEqual([])
  })
})
