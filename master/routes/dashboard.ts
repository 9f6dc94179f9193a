// Serves the dashboard: one page and its assets. They are open to everybody; the data that the page shows is not.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { Server } from '../../shared/http/create-server.ts'
import { addHeaders, pageHeaders } from '../../shared/http/security-headers.ts'

/** In dist/web when the master runs from its sources, and beside the master in a build. */
const PLACES = ['../../dist/web', '../../web'].map((place) => fileURLToPath(new URL(place, import.meta.url)))
const MISSING = 'The dashboard is not built; run `npm run build`. The API and the command line work without it.\n'

export async function dashboardRoutes(app: Server): Promise<void> {
  app.addHook('onRequest', addHeaders(pageHeaders(app)))
  const folder = PLACES.find((place) => existsSync(path.join(place, 'assets')))
  if (folder !== undefined) {
    // The name of an asset changes with its contents.
    const cache = { maxAge: '365d', immutable: true }
    const files = { root: path.join(folder, 'assets'), prefix: '/assets/', preCompressed: true }
    await app.register(fastifyStatic, { ...files, ...cache })
  }
  app.get('/', { config: { access: 'open' }, schema: { hide: true } }, async (_request, reply) => {
    if (folder === undefined) return reply.code(503).type('text/plain; charset=utf-8').send(MISSING)
    return reply.sendFile('index.html', folder, { cacheControl: false })
  })
}
