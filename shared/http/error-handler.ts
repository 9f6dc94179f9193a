// Answers every failed request in the API's one error format; a 5xx never shows internals.

import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { type FieldError, MethodNotAllowed, RouteNotFound } from '../errors.ts'
import type { ErrorAnswer, FieldProblem } from '../schemas/common.ts'
import { methodsOf, type RouteTable } from './allowed-methods.ts'
import { describeInvalid } from './describe-invalid.ts'

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
export function installErrorHandler(app: FastifyInstance & { routeTable: RouteTable }): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = statusOf(error)
    if (status >= 500 && status !== 503) request.log.error({ reqId: request.id, err: error }, 'request failed')
    return reply.code(status).send(describe(error, status, request))
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const allowed = methodsOf(app.routeTable, path)
    if (allowed.length === 0) throw new RouteNotFound(`${request.method} ${path}`)
    reply.header('allow', allowed.join(', '))
    throw new MethodNotAllowed(path, allowed.join(' or '), request.method)
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
  const problems = problemsOf(error)
  const [first] = problems
  if (first === undefined)
    return { method, success: false, error: { code: publicCode(error), message: messageOf(error, request) } }
  const code = error.validation === undefined ? publicCode(error) : 'INVALID_INPUT'
  const { field, message } = first
  return {
    method,
    success: false,
    error: { code, message, ...(field === '' ? {} : { field }), problems: [...problems] },
  }
}

/** What is wrong with which field; nothing for an error that is about no field. */
function problemsOf(error: FastifyError): readonly FieldProblem[] {
  if (error.validation !== undefined) return describeInvalid(error.validation)
  const { field, problems } = error as FieldError
  return problems ?? (field === undefined ? [] : [{ field, message: error.message }])
}

function messageOf(error: FastifyError, request: FastifyRequest): string {
  if (error.code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return error.message
  const type = request.headers['content-type']
  const given = type === undefined ? 'It has none' : `It has "${type.slice(0, 80)}"`
  return `The request needs the header "Content-Type: application/json", and a body in JSON. ${given}.`
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
