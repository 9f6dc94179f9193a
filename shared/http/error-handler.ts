// Answers every failed request in the API's one error format; a 5xx never shows internals.

import type { FastifyError, FastifyInstance, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { type FieldError, RouteNotFound } from '../errors.ts'
import type { ErrorAnswer } from '../schemas/common.ts'

/** `answersAs` is the `method` in a route's answers, where the original's differs from the first part of the path. */
declare module 'fastify' {
  interface FastifyContextConfig {
    answersAs?: string
  }
}

/** The `method` in the answer to a request: `answersAs` of the route, or else the first part of the path. */
export function methodName(request: FastifyRequest): string {
  return request.routeOptions.config.answersAs ?? request.url.split(/[/?]/)[1] ?? ''
}

/** Installs the handlers for errors and for routes that do not exist. */
export function installErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = statusOf(error)
    if (status >= 500 && status !== 503) request.log.error({ reqId: request.id, err: error }, 'request failed')
    return reply.code(status).send(describe(error, status, request))
  })
  app.setNotFoundHandler((request) => {
    throw new RouteNotFound(`${request.method} ${request.url.split('?')[0]}`)
  })
}

function statusOf(error: FastifyError): number {
  if (error.validation !== undefined) return 400
  const { statusCode } = error
  return statusCode !== undefined && statusCode >= 400 && statusCode < 600 ? statusCode : 500
}

function describe(error: FastifyError, status: number, request: FastifyRequest): ErrorAnswer {
  const method = methodName(request)
  if (status >= 500 && status !== 503) {
    const message = `An internal error occurred; the log has the details under request ${request.id}.`
    return { method, success: false, error: { code: 'INTERNAL', message } }
  }
  const [invalid] = error.validation ?? []
  if (invalid !== undefined) {
    const { field, message } = describeInvalid(invalid)
    return { method, success: false, error: { code: 'INVALID_INPUT', message, ...(field === '' ? {} : { field }) } }
  }
  const { field } = error as FieldError
  return {
    method,
    success: false,
    error: { code: publicCode(error), message: error.message, ...(field === undefined ? {} : { field }) },
  }
}

/** Replaces Fastify's own codes, which are not part of the API. */
function publicCode(error: FastifyError): string {
  const codes: Readonly<Record<number, string>> = {
    401: 'NOT_AUTHENTICATED',
    413: 'BODY_TOO_LARGE',
    415: 'NOT_JSON',
    429: 'TOO_MANY_REQUESTS',
  }
  if (/^FST_/.test(error.code ?? '')) return codes[error.statusCode ?? 400] ?? 'INVALID_INPUT'
  return error.code ?? codes[error.statusCode ?? 400] ?? 'INVALID_INPUT'
}

/** Ajv gives the field as a JSON pointer; `parentSchema` is set because the validators run with `verbose`. */
function describeInvalid(error: FastifySchemaValidationError): { field: string; message: string } {
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>
  const name = missingProperty ?? additionalProperty
  const field = [
    ...error.instancePath.split('/').slice(1).map(unescapePointer),
    ...(name === undefined ? [] : [name]),
  ].join('.')
  if (missingProperty !== undefined) return { field, message: `${field}: is missing` }
  if (additionalProperty !== undefined) return { field, message: `${field}: is not a field of this request` }
  const schema = (error as { parentSchema?: { description?: string } }).parentSchema
  const expected = schema?.description === undefined ? error.message : `must be ${schema.description}`
  return { field, message: field === '' ? `The body ${expected}` : `${field}: ${expected}` }
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
