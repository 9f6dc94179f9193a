// The master's application over a folder of its own, without rsyncd and without a port: for `inject`.

import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { buildApp } from '../../master/app.ts'
import { createContext, type MasterContext } from '../../master/context.ts'
import { loadSettings } from '../../settings.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { temporaryFolder } from './folder.ts'

export const ROOT = { username: 'root', password: 'correct horse' }
export const SLAVE_TOKEN = 'slave-token-of-the-tests'

export interface TestMaster {
  app: Server
  context: MasterContext
  folder: string
  /** Sends a request, as root unless another log-in is given: a token, or a slave's headers. A POST is what has a body. */
  ask: (route: string, body?: unknown, login?: LogIn | null) => Promise<Answer>
  /** Adds a user and returns the log-in. */
  addUser: (username: string, role: string) => Promise<Login>
}

export interface Login {
  username: string
  password: string
}

type LogIn = Login | { headers: Record<string, string> } | string

export interface Answer {
  status: number
  headers: Record<string, unknown>
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever shape comes
  body: any
}

/** Builds a master that is open for requests, for one test. `now` is its clock. */
export async function startTestMaster(env: Record<string, string> = {}, now?: () => number): Promise<TestMaster> {
  const { stop, ...master } = await openMaster(env.DATA_DIR ?? temporaryFolder(), env, now)
  onTestFinished(stop)
  return master
}

/** One master for all tests of the file, which leave each other alone; the object is filled when they begin. */
export function useTestMaster(env: Record<string, string> = {}, now?: () => number): TestMaster {
  const filled = {} as TestMaster
  let stop = async () => {}
  beforeAll(async () => {
    const folder = temporaryFolder(true)
    const { stop: stopMaster, ...master } = await openMaster(folder, env, now)
    stop = async () => {
      await stopMaster()
      rmSync(folder, { recursive: true, force: true })
    }
    Object.assign(filled, master)
  })
  afterAll(() => stop())
  return filled
}

async function openMaster(
  folder: string,
  env: Record<string, string>,
  now?: () => number,
): Promise<TestMaster & { stop: () => Promise<void> }> {
  const settings = loadSettings(
    { DATA_DIR: folder, ROOT_PASS: ROOT.password, SLAVE_TOKEN, LOG_LEVEL: 'silent', ...env },
    folder,
  )
  const context = await createContext(settings, now)
  const app = await buildApp(context)
  await context.open()
  const stop = async () => {
    await context.quiesce()
    await app.close()
    await context.stop()
  }
  const ask: TestMaster['ask'] = async (route, body, login = ROOT) => {
    const response = await app.inject({
      method: body === undefined ? 'GET' : 'POST',
      url: route,
      headers: login === null ? {} : headersOf(login),
      ...(body === undefined ? {} : { payload: body as object }),
    })
    const isJson = String(response.headers['content-type']).includes('json')
    return { status: response.statusCode, headers: response.headers, body: isJson ? response.json() : response.body }
  }
  return {
    app,
    context,
    folder,
    stop,
    ask,
    addUser: async (username, role) => {
      const login = { username, password: `password of ${username}` }
      await context.users.create(username, login.password, role as 'viewer', ROOT.username)
      return login
    },
  }
}

/** What add_project needs at least, and `more`. */
export const projectPayload = (master: Pick<TestMaster, 'folder'>, more: object = {}) => ({
  project: 'fedora',
  rsync_host: 'rsync.example.org',
  rsync_module: 'm',
  dest: path.join(master.folder, 'mirror'),
  ...more,
})
function headersOf(login: LogIn): Record<string, string> {
  if (typeof login === 'string') return { authorization: `Bearer ${login}` }
  return 'headers' in login ? login.headers : { authorization: basic(login) }
}

/** The header of HTTP Basic. */
export function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
