// Makes the Fastify server of a node: JSON logs to stderr, strict schemas, one error format, optional trailing slashes.

import { readFileSync } from 'node:fs'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import { isLoopback, type Settings } from '../../settings.ts'
import { WrongHost } from '../errors.ts'
import { installErrorHandler } from './error-handler.ts'
import { installValidators, lazySerializers } from './schema-compilers.ts'

/** The server of a node, its handlers typed by their schemas. */
export type Server = FastifyInstance<
  import('fastify').RawServerDefault,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** No code logs these fields. They are redacted in case some ever does. */
const REDACTED = [
  'password',
  'rsync_password',
  'trigger_secret',
  'ssh_key',
  'secret',
  'secrets',
  'token',
  'authorization',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
const BODY_LIMIT_BYTES = 256 * 1024
const REQUEST_TIMEOUT_MS = 60_000
/** Includes the request line, so that URLs and query strings are limited too. */
const MAX_HEADER_BYTES = 8 * 1024

declare module 'fastify' {
  interface FastifyInstance {
    /** Every registered route, for tests that call them all, and compile their schemas. */
    routeTable: { method: string; url: string; schema: FastifySchema | undefined }[]
  }
}

/** Makes a server that does not listen yet, for the address `bind`. */
export function createServer(
  settings: Pick<Settings, 'LOG_LEVEL' | 'MASTER_HOSTNAME' | 'MASTER_URL' | 'TLS_CERT' | 'TLS_KEY'>,
  bind: string,
): Server {
  const options: FastifyServerOptions & { http?: object; https?: object } = {
    logger: { level: settings.LOG_LEVEL, stream: process.stderr, redact: REDACTED },
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger per request costs more than most requests. The few log lines about a request name its id themselves.
    childLoggerFactory: (logger) => logger,
    bodyLimit: BODY_LIMIT_BYTES,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    // Limits how long a client may take to send a request. Answers have no limit: a client may follow a log for hours.
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    schemaController: { compilersFactory: lazySerializers() },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    ...readTls(settings),
  }
  const app = Fastify(options).withTypeProvider<TypeBoxTypeProvider>() as unknown as Server
  installValidators(app)
  installJsonParser(app)
  installErrorHandler(app)
  app.decorate('routeTable', [] as Server['routeTable'])
  app.addHook('onRoute', ({ method, url, schema }) => {
    for (const one of [method].flat()) app.routeTable.push({ method: one, url, schema })
  })
  installHostCheck(app, bind, [settings.MASTER_HOSTNAME, new URL(settings.MASTER_URL).hostname])
  app.addHook('onResponse', (request, reply, next) => {
    if (request.method !== 'GET' || reply.statusCode >= 400) {
      const { id: reqId, method, url } = request
      app.log.info({ reqId, method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request')
    }
    next()
  })
  return app
}

function readTls(settings: Pick<Settings, 'TLS_CERT' | 'TLS_KEY'>): object {
  if (settings.TLS_CERT === undefined || settings.TLS_KEY === undefined) return {}
  return {
    https: {
      maxHeaderSize: MAX_HEADER_BYTES,
      cert: readFileSync(settings.TLS_CERT),
      key: readFileSync(settings.TLS_KEY),
    },
  }
}

/**
 * On loopback, refuses requests with an unknown Host. With DNS rebinding, a page of another site makes its own host
 * name resolve to this machine, and could then use the service as if it were its own.
 */
function installHostCheck(app: Server, bind: string, names: readonly string[]): void {
  if (!isLoopback(bind)) return
  // Most requests have the same Host as the request before.
  let known = ''
  app.addHook('onRequest', (request, _reply, next) => {
    const { host } = request
    if (host === known) return next()
    const { hostname } = request
    if (!isLoopback(hostname) && !names.includes(hostname)) return next(new WrongHost(hostname.slice(0, 64)))
    known = host
    next()
  })
}

/** As Fastify's own, except that an empty body is accepted, as in `curl -X POST -H 'content-type: application/json'`. */
function installJsonParser(app: Server): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parse(request, body.toString(), done)
  })
}
