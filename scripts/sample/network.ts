// A network of its own (ip-netns(8)) before a server, with a cable that can be pulled out: the kernel drops what is sent.

import { execFileSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Cable } from './cable.ts'
import { startProcess } from './process.ts'
import { until } from './until.ts'

const RELAY = fileURLToPath(new URL('relay.ts', import.meta.url))
const PORT = 5432

/**
 * Lays a cable from an address of a network made for it to a server's Unix socket, which networks do not part. Null where
 * networks may not be made, as by who is not root.
 */
export async function layNetworkCable(socket: string): Promise<Cable | null> {
  const name = `mf${randomBytes(4).toString('hex')}`
  const [near, far] = [`${name}n`, `${name}f`]
  // Set aside for measurements of networks: nobody's address (RFC 2544, C.2.2).
  const subnet = `198.${randomInt(18, 20)}.${randomInt(256)}`
  const host = `${subnet}.2`
  const inside = (...args: string[]) => ip('-n', name, ...args)
  if (!isDone(() => ip('netns', 'add', name))) return null
  const isLaid = isDone(() => {
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name)
    ip('address', 'add', `${subnet}.1/30`, 'dev', near)
    inside('address', 'add', `${host}/30`, 'dev', far)
    ip('link', 'set', near, 'up')
    inside('link', 'set', far, 'up')
  })
  // A container may have networks of its own, but no cables between them.
  if (!isLaid) {
    ip('netns', 'delete', name)
    return null
  }
  const relay = startProcess(
    'ip',
    ['netns', 'exec', name, process.execPath, '--import', 'tsx', RELAY, host, String(PORT), socket],
    { PATH: process.env.PATH },
  )
  await until('the relay to listen', () => relay.output().includes('listening'))
  return {
    host,
    port: PORT,
    cut: () => inside('link', 'set', far, 'down'),
    mend: () => inside('link', 'set', far, 'up'),
    remove: async () => {
      await relay.stop()
      ip('netns', 'delete', name)
    },
  }
}

function isDone(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
