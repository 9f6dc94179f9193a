import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { until } from '../../../scripts/sample/until.ts'
import { startUpstream } from '../../../scripts/sample/upstream.ts'
import { openRunLog } from '../../../shared/logs/run-log.ts'
import { openChildRegistry } from '../../../shared/process/child-registry.ts'
import { createRsyncSource } from '../../../shared/rsync/pull.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'a pull whose rsync gets %s from elsewhere has not been stopped by us: it is tried once more',
  async (signal) => {
    const root = temporaryFolder()
    const upstream = await startUpstream({ root: path.join(root, 'upstream') })
    onTestFinished(async () => {
      await upstream.stop()
    })
    writeFileSync(path.join(upstream.folder, 'large'), Buffer.alloc(3_000_000, 1))
    const [destination, home, childFolder] = ['tree', 'home', 'children'].map((name) => path.join(root, name))
    if (destination === undefined || home === undefined || childFolder === undefined) throw new Error('no folders')
    for (const folder of [destination, home]) mkdirSync(folder)
    const controller = new AbortController()
    const source = createRsyncSource(
      { bin: 'rsync', home, children: openChildRegistry(childFolder), ioTimeoutS: 60, timeoutS: 60 },
      {
        source: { user: null, host: '127.0.0.1', port: upstream.port, path: upstream.module },
        password: null,
        options: { basic: ['--bwlimit=100'], defaults: ['-a'], delete: '' },
        checksum: false,
        trusted: false,
        exactTimes: true,
        keepsNanoseconds: true,
        toleratedCodes: [],
        signal: controller.signal,
        log: openRunLog(path.join(root, 'log')),
        onProgress: () => {},
      },
    )
    const pulled = source({ destination, deletes: 'never', keepPartials: false })
    await until('it to write', () => readdirSync(destination).length > 0)
    const [child = ''] = readdirSync(childFolder)
    process.kill(-Number.parseInt(child, 10), signal)
    expect(await pulled).toMatchObject({ outcome: 'once', error: expect.stringContaining('rsync') })
  },
)
