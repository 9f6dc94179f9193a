// The answers that a route may give, for its schema: its own on success, the one error shape otherwise.

import type { FastifyReply } from 'fastify'
import type { TSchema } from 'typebox'
import { ErrorAnswer } from '../../shared/schemas/common.ts'

/** Response schemas of a route that answers `schema` with `status` when all is well. */
export function answers<S extends TSchema, Status extends 200 | 202 = 200>(schema: S, status: Status = 200 as Status) {
  return { [status]: schema, '4xx': ErrorAnswer, '5xx': ErrorAnswer } as Record<Status, S> &
    Record<'4xx' | '5xx', typeof ErrorAnswer>
}

/** The begin of every answer that is well. */
export function well<M extends string>(method: M): { method: M; success: true } {
  return { method, success: true }
}

/** Sends JSON that is written already, of the schema's shape: a string is sent as it is. */
export function sendJson(reply: Pick<FastifyReply, 'header' | 'send'>, json: string): never {
  reply.header('content-type', 'application/json; charset=utf-8')
  return reply.send(json) as never
}
