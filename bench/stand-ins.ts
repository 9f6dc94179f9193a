// Light stand-ins for slaves: many in one process, each on its own port. They speak the real protocol, and run no rsync.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Value } from 'typebox/value'
import { deriveSlaveToken, slaveHeaders } from '../shared/http/slave-log-in.ts'
import { PublishTree, type SlaveReport, SyncFromMaster } from '../shared/schemas/messages.ts'

const [, , masterUrl = '', token = '', ...ports] = process.argv
const SUMMARY = { added: 1, modified: 0, deleted: 0, errors: 0, bytes_transferred: 1000, total_files: 1, total_size: 1 }

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += chunk
  return JSON.parse(text)
}

async function reportEnd(message: SyncFromMaster): Promise<void> {
  const at = new Date().toISOString()
  const report: SlaveReport = {
    run: message.run,
    slave_id: message.slave_id,
    project: message.project,
    state: message.publish === 'atomic' ? 'prepared' : 'succeeded',
    generation: message.generation,
    tag: message.tag,
    method: 'normal',
    drift: null,
    source: null,
    started_at: at,
    finished_at: at,
    exit_code: 0,
    summary: SUMMARY,
    error: null,
    log: '',
  }
  const { slave_id: id } = message
  const logIn = slaveHeaders(deriveSlaveToken(token, id), id, 'to-master')
  const response = await fetch(`${masterUrl}/slave_rsync_complete/`, {
    method: 'POST',
    headers: { ...logIn, 'content-type': 'application/json' },
    body: JSON.stringify(report),
  })
  if (!response.ok) process.stderr.write(`report: ${response.status} ${await response.text()}\n`)
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url?.replace(/\/?(\?.*)?$/, '') ?? ''
  const id = String(request.headers['mirrorfleet-slave'])
  const { authorization } = slaveHeaders(deriveSlaveToken(token, id), id, 'to-slave')
  if (request.headers.authorization !== authorization && url !== '/healthz') return answer(response, 401, {})
  if (url === '/healthz') return answer(response, 200, { status: 'ok', version: '0', trees: 'same', rsyncd_port: null })
  if (url === '/jobs') return answer(response, 200, { jobs: [], anchors: {} })
  const body = await readBody(request)
  if (url === '/sync_from_master') {
    const message = Value.Parse(SyncFromMaster, body)
    process.send?.({ told: Date.now() })
    answer(response, 202, { method: 'sync_from_master', success: true, run: message.run, note: 'sync initiated' })
    return reportEnd(message)
  }
  if (url === '/publish') {
    const message = Value.Parse(PublishTree, body)
    process.send?.({ flipped: Date.now() })
    return answer(response, 200, {
      method: 'publish',
      success: true,
      project: message.project,
      generation: message.generation,
    })
  }
  answer(response, 404, {})
}

for (const port of ports) {
  createServer((request, response) => void handle(request, response)).listen(Number(port), '127.0.0.1')
}
process.send?.({ ready: ports.length })
