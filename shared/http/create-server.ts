// Makes the Fastify server of a node: JSON logs to stderr, strict schemas, one error shape, trailing slashes optional.

import { readFileSync } from 'node:fs'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Ajv, type Options } from 'ajv'
import ajvFormats from 'ajv-formats'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import { isLoopback, type Settings } from '../../settings.ts'
import { WrongHost } from '../errors.ts'
import { installErrorHandler } from './error-handler.ts'

/** The server of a node, its handlers typed by their schemas. */
export type Server = FastifyInstance<
  import('fastify').RawServerDefault,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Nothing logs these; should anything ever, they are cut out. */
const REDACTED = ['password', 'rsync_password', 'token', 'authorization'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])
const BODY_LIMIT_BYTES = 256 * 1024
const REQUEST_TIMEOUT_MS = 60_000
/** The request line counts too, so that this bounds addresses and queries as well. */
const MAX_HEADER_BYTES = 8 * 1024

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route that was registered, for tests that walk them all. */
    routeTable: { method: string; url: string }[]
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
    // A logger of its own for every request costs more than most requests; the few lines about one name it themselves.
    childLoggerFactory: (logger) => logger,
    bodyLimit: BODY_LIMIT_BYTES,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    // Clients that send slowly are cut off; answers may be long, such as a log that is followed.
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    ...readTls(settings),
  }
  const app = Fastify(options).withTypeProvider<TypeBoxTypeProvider>() as unknown as Server
  installValidators(app)
  installJsonParser(app)
  installErrorHandler(app)
  app.decorate('routeTable', [] as { method: string; url: string }[])
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) app.routeTable.push({ method: one, url })
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
 * A page of another site can make its own name resolve to this machine and then speak to a service on loopback as if
 * it were its own (DNS rebinding): such a request has a strange Host.
 */
function installHostCheck(app: Server, bind: string, names: readonly string[]): void {
  if (!isLoopback(bind)) return
  // Most requests come with the Host of the one before.
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

/** Queries are text and may be read as numbers; bodies are JSON and are taken at their word. */
function installValidators(app: Server): void {
  const common: Options = { removeAdditional: false, useDefaults: true, allErrors: false, verbose: true, strict: false }
  const exact = ajvFormats.default(new Ajv({ ...common, coerceTypes: false }))
  const coercing = ajvFormats.default(new Ajv({ ...common, coerceTypes: true }))
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? exact : coercing).compile(schema))
}

/** As Fastify's own, but an empty body is no body: `curl -X POST -H 'content-type: application/json'` is well. */
function installJsonParser(app: Server): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parse(request, body.toString(), done)
  })
}
