// Routes of status: health and metrics for machines, feeds for mirror front pages, and a page for the mirror's users.

import Type from 'typebox'
import type { Settings } from '../../settings.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { pageHeaders } from '../../shared/http/security-headers.ts'
import { Mirrorz, TunasyncMirror } from '../../shared/schemas/feed.ts'
import { MIRRORZ, TUNASYNC } from '../openapi/examples.ts'
import type { Feeds } from '../outlets/feeds.ts'
import type { Metrics } from '../outlets/metrics.ts'
import { STATUS_PAGE_POLICY } from '../outlets/status-page.ts'
import { answers, sendJson } from './answers.ts'

export interface StatusRoutesDeps {
  version: string
  /** What keeps the master from working, one message each; empty when it is ready. */
  problems: () => Promise<readonly string[]>
  settings: Pick<Settings, 'PUBLIC_STATUS'>
  feeds: Feeds
  metrics: Metrics
}

const Readiness = Type.Object({
  status: Type.Enum(['ready', 'not ready'] as const),
  problems: Type.Array(Type.String()),
})

export async function statusRoutes(app: Server, deps: StatusRoutesDeps): Promise<void> {
  const { version, problems, feeds, metrics } = deps
  const access = deps.settings.PUBLIC_STATUS ? 'open' : 'any'
  app.get(
    '/healthz',
    {
      config: { access: 'open' },
      schema: {
        tags: ['Status'],
        summary: 'Check that the master is alive',
        response: answers(Type.Object({ status: Type.Literal('ok'), version: Type.String() }), {
          status: 'ok',
          version: '0.1.0',
        }),
      },
    },
    async () => ({ status: 'ok' as const, version }),
  )

  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: {
        tags: ['Status'],
        summary: 'Check that the master is able to work; 503 comes with the reasons',
        response: {
          ...answers(Readiness, { status: 'ready', problems: [] }),
          503: { ...Readiness, description: 'Not ready; `problems` has the reasons' },
        },
      },
    },
    async (_request, reply) => {
      const found = [...(await problems())]
      const isReady = found.length === 0
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', problems: found })
    },
  )

  app.get(
    '/metrics',
    { config: { access: 'any' }, schema: { tags: ['Status'], summary: 'Read the metrics, for Prometheus' } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  )

  const page = pageHeaders(app)
  // The pages of any site may read the feeds.
  const feed = { 'access-control-allow-origin': '*', 'cache-control': 'max-age=5' }
  app.get(
    '/status.json',
    {
      config: { access },
      schema: {
        tags: ['Status'],
        summary: 'The status of every project for mirror front pages, in the format of tunasync',
        response: answers(Type.Array(TunasyncMirror), [TUNASYNC]),
      },
    },
    async (_request, reply) => sendJson(reply.headers(feed), await feeds.tunasyncJson()),
  )
  app.get(
    '/mirrorz.json',
    {
      config: { access },
      schema: {
        tags: ['Status'],
        summary: 'A description of this site for mirror front pages, in the format of mirrorz 1.7',
        response: answers(Mirrorz, MIRRORZ),
      },
    },
    async (_request, reply) => sendJson(reply.headers(feed), await feeds.mirrorzJson()),
  )
  app.get(
    '/status',
    { config: { access }, schema: { tags: ['Status'], summary: 'Read the page for the users of the mirror, as HTML' } },
    async (_request, reply) =>
      reply
        .headers({ ...page, 'cache-control': 'max-age=60', 'content-security-policy': STATUS_PAGE_POLICY })
        .type('text/html; charset=utf-8')
        .send(await feeds.page()),
  )
}
