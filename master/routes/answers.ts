// The answers that a route may give, for its schema: its own on success, the one error shape otherwise.

import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { ErrorAnswer } from '../../shared/schemas/common.ts'
import type { ListText } from '../outlets/project-views.ts'

/** Response schemas of a route that answers `schema` with `status` when all is well. */
export function answers<S extends TSchema, Status extends 200 | 202 = 200>(schema: S, status: Status = 200 as Status) {
  return { [status]: schema, '4xx': ErrorAnswer, '5xx': ErrorAnswer } as Record<Status, S> &
    Record<'4xx' | '5xx', typeof ErrorAnswer>
}

/** Sends JSON that is written already, of the schema's shape: a string is sent as it is. */
export function sendJson(reply: Pick<FastifyReply, 'header' | 'send'>, json: string): never {
  reply.header('content-type', 'application/json; charset=utf-8')
  return reply.send(json) as never
}

/**
 * Sends JSON that is written already, of the schema's shape: in one go, or piece by piece as the reader takes it. Who has
 * it already (If-None-Match; RFC 9110, 13.1.2) gets 304 and no body.
 */
export function sendList(request: Pick<FastifyRequest, 'headers'>, reply: FastifyReply, list: ListText): never {
  reply.header('etag', list.etag).header('cache-control', 'private, no-cache')
  if (request.headers['if-none-match'] === list.etag) return reply.code(304).send() as never
  reply.header('content-type', 'application/json; charset=utf-8')
  const [first = '', ...others] = list.pieces
  return reply.send(others.length === 0 ? first : Readable.from(list.pieces, { objectMode: false })) as never
}
