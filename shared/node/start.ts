// The same start for both nodes: settings, lock, parts, listening; and a clean stop, on signals or when a start fails.

import { loadSettings, namesGiven, type Settings, SettingsError, SettingsSchema } from '../../settings.ts'
import type { Server } from '../http/create-server.ts'
import { DocumentError } from '../store/document.ts'
import { type NodeProgram, readArguments } from './arguments.ts'
import { ExpectedError } from './expected-error.ts'
import { FolderLockedError, stopOnSignals } from './lifecycle.ts'
import { LifecycleStack } from './lifecycle-stack.ts'
import { describeUnknown } from './unknown-settings.ts'
import { readVersion } from './version.ts'

/** What a node is made of. `build` makes its parts; `start` comes before listening; `quiesce` ends all work while
 * requests (and so the last reports) are still served; `stop` comes when the last one was. */
export interface Node {
  program: NodeProgram<Settings>
  /** Claims the folders that no other process may use, and returns what gives them back. @throws {FolderLockedError} */
  lock: (settings: Settings) => Promise<() => void>
  address: (settings: Settings) => { host: string; port: number }
  build: (settings: Settings) => Promise<{
    app: Server
    start: () => Promise<void>
    quiesce: () => Promise<void>
    stop: () => Promise<void>
  }>
}

/**
 * Runs a node until it is told to stop, or does what else `words` ask for. On a failure it says why on stderr and exits
 * with 1; with 2 when it does not know what is asked for.
 */
export async function startNode(node: Node, words: readonly string[] = process.argv.slice(2)): Promise<void> {
  const choice = readArguments(node.program, words, readVersion())
  if (choice.kind === 'refuse') {
    process.stderr.write(`${choice.text}\n`)
    process.exit(2)
  }
  if (choice.kind === 'print') return void process.stdout.write(`${choice.text}\n`)
  try {
    const settings = loadSettings()
    if (choice.kind === 'serve') await serve(node, settings)
    else process.stdout.write(`${await choice.command.run(settings, choice.values)}\n`)
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    process.exit(1)
  }
}

async function serve(node: Node, settings: Settings): Promise<void> {
  const unlock = await node.lock(settings)
  process.once('exit', unlock)
  const { app, start, quiesce, stop } = await node.build(settings)
  for (const warning of describeUnknown(namesGiven(), Object.keys(SettingsSchema.properties))) app.log.warn(warning)
  const onError = (error: unknown, details: object = {}) => app.log.error({ err: error, ...details }, 'the stop failed')
  const lifecycle = new LifecycleStack(onError)
  stopOnSignals(() => lifecycle.stop(), onError)
  await lifecycle.start([
    { name: 'parts', start, stop },
    { name: 'HTTP', start: () => listen(app, node.address(settings)), stop: () => app.close() },
    { name: 'work', stop: quiesce },
  ])
}

async function listen(app: Server, address: { host: string; port: number }): Promise<void> {
  await app.listen(address)
}

/** Expected failures in their own words; anything else with its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ([SettingsError, FolderLockedError, DocumentError, ExpectedError].some((kind) => error instanceof kind))
    return error.message
  if ('code' in error && error.code === 'EADDRINUSE')
    return `${error.message}. Another service has that port; set another one.`
  return error.stack ?? error.message
}
