// Serves the API's document at /docs/json and a page to read it at /docs/, both made from the routes' own schemas.

import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifySchema } from 'fastify'
import type { Server } from '../../shared/http/create-server.ts'
import { addHeaders, pageHeaders } from '../../shared/http/security-headers.ts'
import type { Access } from '../users/roles.ts'
import { ROUTE_DOCS } from './route-docs.ts'

const DESCRIPTION = `One master pulls upstream projects by rsync; a fleet of slaves pulls them from the master.
Trailing slashes are optional. Log in with HTTP Basic, a Bearer token, or the token as the Basic username.
Every failure has one shape: \`{"method", "success": false, "error": {"code", "message", "field"}}\`.`

/** The page brings all that it needs; its styles stand in its elements. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; frame-ancestors 'none'"

/** Call it before the routes are registered. */
export async function installOpenApi(app: Server, version: string): Promise<void> {
  app.addHook('onRoute', (route) => {
    // Anybody may read how the service is spoken to, and load the dashboard's code.
    if (/^\/(docs|assets)(\/|$)/.test(route.url)) route.config = { ...route.config, access: 'open' }
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Mirrorfleet', description: DESCRIPTION, version, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      tags: ['Projects', 'Runs', 'Slaves', 'Users', 'Status', 'Nodes'].map((name) => ({ name })),
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic' },
          token: { type: 'http', scheme: 'bearer' },
          slave: { type: 'http', scheme: 'bearer', description: 'SLAVE_TOKEN; for nodes of the fleet' },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const [method = ''] = [route.method].flat()
      return { url, schema: describe(schema, `${method} ${url}`, route.config?.access) }
    },
  })
  await app.register(async (pages) => {
    pages.addHook('onRequest', addHeaders(pageHeaders()))
    await pages.register(swaggerUi, { routePrefix: '/docs', staticCSP: CSP })
  })
}

function describe(given: FastifySchema | undefined, name: string, access: Access | undefined): FastifySchema {
  const doc = ROUTE_DOCS[name]
  if (doc === undefined) return { ...given, hide: true }
  const { tag, summary, body, query, answer } = doc
  const schema = structuredClone(given ?? {}) as Record<string, object | undefined>
  if (schema.body !== undefined && body !== undefined) schema.body = { ...schema.body, examples: [body] }
  if (schema.querystring !== undefined && query !== undefined) addQueryExamples(schema.querystring, query)
  return {
    ...schema,
    tags: [tag],
    summary,
    response: describeAnswers(schema.response, answer),
    security: securityOf(access),
  }
}

function addQueryExamples(querystring: object, query: Readonly<Record<string, unknown>>): void {
  const { properties } = querystring as { properties: Record<string, { example?: unknown }> }
  for (const [name, value] of Object.entries(query)) {
    const property = properties[name]
    if (property !== undefined) property.example = value
  }
}

/** Text and streams have no schema; they are described all the same. */
function describeAnswers(given: object | undefined, answer: unknown): object {
  const responses = (given ?? { 200: { type: 'string', description: 'text, or a stream' } }) as Record<string, object>
  return Object.fromEntries(
    Object.entries(responses).map(([status, schema]) => {
      const description = DESCRIPTIONS[status] ?? 'Done'
      const examples = status.startsWith('2') && answer !== null ? { examples: [answer] } : {}
      return [status, { ...schema, description, ...examples }]
    }),
  )
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  '4xx':
    'Refused: 400 bad input, 401 not logged in, 403 not allowed, 404 unknown, 409 conflict, 429 too many failed log-ins',
  '5xx': 'The service failed (500), or is stopping (503)',
}

function securityOf(access: Access | undefined): Record<string, string[]>[] {
  if (access === 'open') return []
  return access === 'slave' ? [{ slave: [] }] : [{ basic: [] }, { token: [] }]
}
