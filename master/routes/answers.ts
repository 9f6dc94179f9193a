// The response schemas of a route: its own answer on success, and the one error shape otherwise.

import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { ErrorAnswer } from '../../shared/schemas/common.ts'
import { withExample } from '../openapi/with-example.ts'
import type { ListText } from '../outlets/project-views.ts'

const REFUSED =
  'Refused: 400 bad input, 401 not logged in, 403 not allowed, 404 unknown, 409 conflict, 429 too many failed log-ins'
const FAILURES = {
  '4xx': { ...ErrorAnswer, description: REFUSED },
  '5xx': { ...ErrorAnswer, description: 'The service failed (500), or is stopping (503)' },
}

/** The response schemas of a route that answers 200 with `schema` on success. */
export function answers<S extends TSchema>(schema: S, example: Static<S>) {
  return { 200: { ...withExample(schema, example), description: 'Done' }, ...FAILURES }
}

/** The response schemas of a route that queues a run and answers 202 with `schema`. */
export function accepts<S extends TSchema>(schema: S, example: Static<S>) {
  return { 202: { ...withExample(schema, example), description: 'Accepted; the run is in the queue' }, ...FAILURES }
}

/** Sends JSON text that has the schema's shape; a string is sent as it is. */
export function sendJson(reply: Pick<FastifyReply, 'header' | 'send'>, json: string): never {
  reply.header('content-type', 'application/json; charset=utf-8')
  return reply.send(json) as never
}

/**
 * Sends JSON text that has the schema's shape, whole or piece by piece as the client reads it. A client that has the
 * list already (If-None-Match; RFC 9110, 13.1.2) gets 304 and no body.
 */
export function sendList(request: Pick<FastifyRequest, 'headers'>, reply: FastifyReply, list: ListText): never {
  reply.header('etag', list.etag).header('cache-control', 'private, no-cache')
  if (request.headers['if-none-match'] === list.etag) return reply.code(304).send() as never
  reply.header('content-type', 'application/json; charset=utf-8')
  const [first = '', ...others] = list.pieces
  return reply.send(others.length === 0 ? first : Readable.from(list.pieces, { objectMode: false })) as never
}
