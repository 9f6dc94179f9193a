// The same start for both nodes: settings, lock, parts, listening; and a clean stop, on signals or when a start fails.

import { loadSettings, type Settings, SettingsError } from '../../settings.ts'
import type { Server } from '../http/create-server.ts'
import { DocumentError } from '../store/document.ts'
import { FolderLockedError, lockFolder, stopOnSignals } from './lifecycle.ts'
import { LifecycleStack } from './lifecycle-stack.ts'

/** What a node is made of. `build` makes its parts; `start` comes before listening; `quiesce` ends all work while
 * requests (and so the last reports) are still served; `stop` comes when the last one was. */
export interface Node {
  dataFolder: (settings: Settings) => string
  address: (settings: Settings) => { host: string; port: number }
  build: (settings: Settings) => Promise<{
    app: Server
    start: () => Promise<void>
    quiesce: () => Promise<void>
    stop: () => Promise<void>
  }>
}

/** Runs a node until it is told to stop. On a failure it says why on stderr and exits with 1. */
export async function startNode(node: Node): Promise<void> {
  try {
    const settings = loadSettings()
    const unlock = await lockFolder(node.dataFolder(settings))
    process.once('exit', unlock)
    const { app, start, quiesce, stop } = await node.build(settings)
    const onError = (error: unknown, details: object = {}) =>
      app.log.error({ err: error, ...details }, 'the stop failed')
    const lifecycle = new LifecycleStack(onError)
    stopOnSignals(() => lifecycle.stop(), onError)
    await lifecycle.start([
      { name: 'parts', start, stop },
      { name: 'HTTP', start: () => listen(app, node.address(settings)), stop: () => app.close() },
      { name: 'work', stop: quiesce },
    ])
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    process.exit(1)
  }
}

async function listen(app: Server, address: { host: string; port: number }): Promise<void> {
  await app.listen(address)
}

/** Expected failures in their own words; anything else with its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const expected = [SettingsError, FolderLockedError, DocumentError].some((kind) => error instanceof kind)
  if (expected) return error.message
  if ('code' in error && error.code === 'EADDRINUSE')
    return `${error.message}. Another service has that port; set another one.`
  return error.stack ?? error.message
}
