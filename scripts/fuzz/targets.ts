// The fuzz targets: every parser with random text, and every route with random JSON. Each is a property of fast-check.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import Type from 'typebox'
import { buildApp } from '../../master/app.ts'
import { createContext } from '../../master/context.ts'
import { createNextFire, listFires, readSchedule } from '../../master/schedule/fire-times.ts'
import { parseDate } from '../../master/schedule/start-date.ts'
import { findZone } from '../../master/schedule/wall-time.ts'
import { loadSettings } from '../../settings.ts'
import { errorMessage } from '../../shared/http/peer.ts'
import { deriveSlaveToken, slaveHeaders } from '../../shared/http/slave-log-in.ts'
import { createSseBuffer } from '../../shared/http/sse.ts'
import { parseChange } from '../../shared/rsync/itemize.ts'
import { checkOptions } from '../../shared/rsync/options.ts'
import { createOutputReader } from '../../shared/rsync/output.ts'
import { buildSourceUrl } from '../../shared/rsync/source.ts'
import { tidyOptions } from '../../shared/rsync/tidy-options.ts'
import { FIELD_NAMES } from '../../shared/schemas/schedule.ts'
import { DocumentError, documentKind, StoredDocument } from '../../shared/store/document.ts'
import { decodeList, isInnerName } from '../../shared/trees/path-list.ts'

/** One fuzz target. Its property fails when the code does what it must not do. */
export interface FuzzTarget {
  name: string
  property: fc.IAsyncProperty<[unknown]> | fc.IProperty<[unknown]>
}

export interface FuzzTargets {
  targets: FuzzTarget[]
  stop: () => Promise<void>
}

const HANG_MS = 100

/** Builds the targets. The target for the routes is a whole master with its own folder. */
export async function createFuzzTargets(): Promise<FuzzTargets> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-fuzz-'))
  const settings = loadSettings(
    { DATA_DIR: folder, ROOT_PASS: 'fuzz', SLAVE_TOKEN: 'fuzz-slave-token', LOG_LEVEL: 'silent', RETRY_LIMIT: '0' },
    folder,
  )
  const context = await createContext(settings)
  const app = await buildApp(context)
  await context.open()
  const { token } = await context.users.createToken({ username: 'root', role: 'root', expiresAt: null }, 86_400)

  const slaveLogIn = slaveHeaders(deriveSlaveToken('fuzz-slave-token', 's:1'), 's:1', 'to-master')
  const send = async ([url, body, useSlave]: [string, unknown, boolean]): Promise<void> => {
    const isPost = body !== undefined
    const response = await app.inject({
      method: isPost ? 'POST' : 'GET',
      url,
      headers: {
        ...(useSlave ? slaveLogIn : { authorization: `Bearer ${token}` }),
        ...(isPost ? { 'content-type': 'application/json' } : {}),
      },
      ...(isPost ? { payload: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    })
    // 503 is a valid answer: this master's scheduler is not started, and /readyz reports it.
    if (response.statusCode >= 500 && response.statusCode !== 503)
      throw new Error(`${url} answered ${response.statusCode}: ${response.body}`)
  }

  const kind = documentKind({ name: 'fuzzed document', version: 1, schema: Type.Object({ count: Type.Integer() }) })
  const openDocument = async (text: string): Promise<void> => {
    const file = path.join(folder, 'document.json')
    writeFileSync(file, text)
    await StoredDocument.open(kind, file).catch((error) => {
      if (!(error instanceof DocumentError)) throw error
    })
  }

  return {
    targets: [
      ...parserTargets(),
      { name: 'documents', property: fc.asyncProperty(anyText(), openDocument) as FuzzTarget['property'] },
      { name: 'routes', property: fc.asyncProperty(requests(app.routeTable), send) as FuzzTarget['property'] },
    ],
    stop: async () => {
      await context.quiesce()
      await app.close()
      await context.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function parserTargets(): FuzzTarget[] {
  const utc = findZone(undefined)
  if (utc === null) throw new Error('UTC is not a known zone')
  const options = fc.array(
    fc.oneof(
      anyText(),
      fc.constantFrom('-a', '-avH', '--delete', '--exclude', '--bwlimit=1m'),
      anyText().map((one) => `--${one}`),
    ),
    { maxLength: 6 },
  )
  const schedules = fc.dictionary(
    fc.constantFrom(...FIELD_NAMES, 'start_date', 'end_date', 'timezone'),
    fc.oneof(anyText(), cronLike()),
    { maxKeys: 4 },
  )
  return [
    target('options', options, (items) =>
      expectCoded(() => checkOptions({ basic: items, defaults: ['-a'], delete: '' })),
    ),
    target('options as written', options, (items) =>
      expectCoded(() => checkOptions(tidyOptions({ basic: items, defaults: ['-a'], delete: '' }).options)),
    ),
    target('sources', fc.tuple(anyText(), anyText(), anyText()), ([user, host, module]) =>
      expectCoded(() => buildSourceUrl({ user, host, port: 873, path: module })),
    ),
    target('schedules', schedules, (fields) =>
      expectCoded(() => {
        const schedule = readSchedule(fields, 0)
        if (schedule !== null) listFires(createNextFire(schedule), Date.parse('2026-01-01T00:00:00Z'), 3)
      }),
    ),
    target('dates', anyText(), (text) => void parseDate(text, 0, utc)),
    target(
      'rsync output',
      fc.array(
        fc.oneof(
          anyText(),
          anyText().map((one) => `#>f+++++++++\t${one}`),
        ),
        { maxLength: 50 },
      ),
      (lines) => {
        const reader = createOutputReader()
        for (const line of lines) {
          reader.readStdout(line)
          reader.readStderr(line)
        }
        for (const value of Object.values(reader.summary()))
          if (!Number.isFinite(value)) throw new Error('a count is not a number')
      },
    ),
    target('itemized names', anyText(), (text) => {
      const change = parseChange(`#>f+++++++++\t1\t1\t${text}\t`)
      if (change !== null && change.name !== '.' && !isInnerName(change.name))
        throw new Error('a name is outside the tree')
    }),
    target('change lists', fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const names = decodeList(Buffer.from(bytes))?.keys() ?? []
      for (const name of names) if (name !== '.' && !isInnerName(name)) throw new Error('a name is outside the tree')
    }),
    target('event ids', anyText(), (id) => void createSseBuffer(10).since(id)),
    target('answers of other nodes', fc.anything(), (body) => void errorMessage({ status: 500, body })),
  ]
}

/** A property of one value: `check` does not throw, and does not take long. */
function target<T>(name: string, values: fc.Arbitrary<T>, check: (value: T) => void): FuzzTarget {
  const property = fc.property(values, (value) => {
    const time = () => {
      const started = performance.now()
      check(value)
      return performance.now() - started
    }
    // Tried three times, because a busy machine may be slow once; a hang is slow every time.
    if (time() > HANG_MS && time() > HANG_MS && time() > HANG_MS) throw new Error(`it took more than ${HANG_MS} ms`)
  })
  return { name, property: property as FuzzTarget['property'] }
}

/** Runs code that may throw errors with the status 400, and no others. */
function expectCoded(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 400)) throw error
  }
}

function anyText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...' -=/.,:*@%09azAZ\n\t\0'), maxLength: 300 }),
  )
}

function cronLike(): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...'0123456789*/-,', 'last', 'fri', 'jan', '1st ', ' '), maxLength: 24 })
}

/** Requests to every route: JSON of any shape, JSON with known names and random values, and text that is not JSON. */
function requests(table: readonly { method: string; url: string }[]): fc.Arbitrary<[string, unknown, boolean]> {
  const names = [
    'id',
    'project',
    'run',
    'rsync_host',
    'rsync_module',
    'dest',
    'username',
    'password',
    'role',
    'hostname',
    'port',
    'cron_options',
    'rsync_options',
    'minute',
    'now',
    'count',
    'token_id',
    'purge',
    'slave_id',
    'webhooks',
    'stages',
    'state',
    'limit',
    'before',
    'ttl',
    '__proto__',
    'constructor',
  ]
  const value = fc.oneof(
    anyText(),
    fc.jsonValue({ maxDepth: 6 }),
    fc.constantFrom('p', '/', 1, -1, 1e308, null, [], {}),
  )
  const body = fc.oneof(
    fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 }),
    fc.jsonValue(),
    anyText(),
    fc.constant('['.repeat(5_000)),
  )
  const query = fc.dictionary(fc.constantFrom(...names, 'mode', 'dry_run', 'follow', 'slave'), anyText(), {
    maxKeys: 3,
  })
  // Without the event stream, which never ends, and the routes that could change the fuzzer's own log-in.
  const routes = table.filter(
    ({ method, url }) =>
      ['GET', 'POST'].includes(method) &&
      !['/events', '/events/', '/remove_api_user', '/update_api_user'].includes(url),
  )
  return fc.tuple(fc.constantFrom(...routes), body, query).map(([route, json, search]) => {
    const url = `${route.url}?${new URLSearchParams(search)}`
    return [url.slice(0, 4_000), route.method === 'POST' ? json : undefined, route.url.includes('slave_')]
  })
}
