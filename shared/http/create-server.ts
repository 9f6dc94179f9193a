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
import type { Settings } from '../../settings.ts'
import { installErrorHandler } from './error-handler.ts'

/** The server of a node, its handlers typed by their schemas. */
export type Server = FastifyInstance<
  import('fastify').RawServerDefault,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

const BODY_LIMIT_BYTES = 256 * 1024
const REQUEST_TIMEOUT_MS = 60_000

/** Makes a server that does not listen yet. `bodyLimit` is in bytes. */
export function createServer(
  settings: Pick<Settings, 'LOG_LEVEL' | 'TLS_CERT' | 'TLS_KEY'>,
  bodyLimit = BODY_LIMIT_BYTES,
): Server {
  const options: FastifyServerOptions = {
    logger: { level: settings.LOG_LEVEL, stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
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
  app.addHook('onResponse', async (request, reply) => {
    if (request.method === 'GET' && reply.statusCode < 400) return
    const { method, url } = request
    request.log.info({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request')
  })
  return app
}

function readTls(settings: Pick<Settings, 'TLS_CERT' | 'TLS_KEY'>): object {
  if (settings.TLS_CERT === undefined || settings.TLS_KEY === undefined) return {}
  return { https: { cert: readFileSync(settings.TLS_CERT), key: readFileSync(settings.TLS_KEY) } }
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
