import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createPeer } from '../../../shared/http/peer.ts'
import type { SyncFromMaster } from '../../../shared/schemas/messages.ts'
import { buildReport } from '../../../slave/services/build-report.ts'
import { createMasterClient } from '../../../slave/services/master-client.ts'
import { ReportService } from '../../../slave/services/report-service.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const RUN = '20261124t000000z-00000001'
const order = {
  run: RUN,
  slave_id: 'localhost:7000',
  project: 'fedora',
  generation: 3,
  tag: '3'.repeat(16),
  master: null,
} as SyncFromMaster
const report = buildReport(
  order,
  { outcome: 'permanent', error: 'disk full' },
  { startedAt: null, finishedAt: '2026-11-24T00:00:00.000Z', log: '' },
)

/** A master that answers with each status in turn, then 200; and a slave that reports to it. */
async function reportTo(statuses: number[]) {
  let asked = 0
  const master = createServer((_request, reply) => {
    reply.writeHead(statuses[asked++] ?? 200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => master.listen(0, '127.0.0.1', resolve))
  const folder = temporaryFolder()
  const warnings: string[] = []
  const reports = new ReportService({
    master: createMasterClient({
      peer: createPeer({ ALLOW_PLAINTEXT: false }),
      masterUrl: `http://127.0.0.1:${(master.address() as AddressInfo).port}`,
      logIn: { headersFor: () => ({}), isOld: () => false },
      nodes: { isMaster: async () => true },
    }),
    folder,
    onWarning: (message) => warnings.push(message),
  })
  onTestFinished(async () => {
    await reports.stop()
    master.closeAllConnections()
    master.close()
  })
  await reports.start()
  await reports.report(order, report)
  await vi.waitFor(() => expect(reports.list()).toEqual([]), { timeout: 30_000, interval: 20 })
  return { asked, warnings, isKept: readdirSync(folder).length > 0 }
}

describe('a report', () => {
  it('goes out again until the master has it', async () => {
    const again = 'the master has not acknowledged a report; it will be sent again'
    expect(await reportTo([503, 401])).toEqual({ asked: 3, warnings: [again, again], isKept: false })
  })

  it.each([400, 403, 413, 422])('that the master refuses for good (%i) is dropped', async (status) => {
    const dropped = 'the master refused a report for good; it is dropped'
    expect(await reportTo([status])).toEqual({ asked: 1, warnings: [dropped], isKept: false })
  })

  it('of a run that the master does not know is not needed', async () => {
    expect(await reportTo([404])).toEqual({ asked: 1, warnings: [], isKept: false })
  })
})
