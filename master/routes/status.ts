// Routes that tell machines how the master and its projects are: health, metrics, and feeds for mirror front pages.

import Type from 'typebox'
import type { Settings } from '../../settings.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { Mirrorz, TunasyncMirror } from '../../shared/schemas/feed.ts'
import type { Feeds } from '../outlets/feeds.ts'
import type { Metrics } from '../outlets/metrics.ts'
import { answers, sendJson } from './answers.ts'

export interface StatusRoutesDeps {
  version: string
  /** What keeps the master from working, each in words; empty when all is well. */
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
      schema: { response: answers(Type.Object({ status: Type.Literal('ok'), version: Type.String() })) },
    },
    async () => ({ status: 'ok' as const, version }),
  )

  app.get(
    '/readyz',
    { config: { access: 'open' }, schema: { response: { ...answers(Readiness), 503: Readiness } } },
    async (_request, reply) => {
      const found = [...(await problems())]
      const isReady = found.length === 0
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', problems: found })
    },
  )

  app.get('/metrics', { config: { access: 'any' } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )

  // Anybody's page may read them.
  const feed = { 'access-control-allow-origin': '*', 'cache-control': 'max-age=5' }
  app.get(
    '/status.json',
    { config: { access }, schema: { response: answers(Type.Array(TunasyncMirror)) } },
    async (_request, reply) => sendJson(reply.headers(feed), await feeds.tunasyncJson()),
  )
  app.get('/mirrorz.json', { config: { access }, schema: { response: answers(Mirrorz) } }, async (_request, reply) =>
    sendJson(reply.headers(feed), await feeds.mirrorzJson()),
  )
}
