// Serves the API's document at /docs/json and a page to read it at /docs/, both made from the routes' own schemas.

import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { Server } from '../../shared/http/create-server.ts'
import { addHeaders, pageHeaders } from '../../shared/http/security-headers.ts'
import type { Access } from '../users/roles.ts'

const DESCRIPTION = `One master pulls upstream projects by rsync; a fleet of slaves pulls them from the master.
Trailing slashes are optional. Log in with HTTP Basic, a Bearer token, or the token as the Basic username.
Every failure has one shape: \`{"method", "success": false, "error": {"code", "message", "field"}}\`.`

/** Routes of streams and plain text have no response schema; the document shows this one. */
const TEXT = { 200: { type: 'string', description: 'Text, or a stream' } }

/** The page loads nothing from other sites; it has inline styles. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; frame-ancestors 'none'"

/** Call it before the routes are registered. */
export async function installOpenApi(app: Server, version: string): Promise<void> {
  app.addHook('onRoute', (route) => {
    // The document and the dashboard's code are open to everybody.
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
          slave: { type: 'http', scheme: 'bearer', description: "derived from the slave's own SLAVE_TOKEN" },
          slaveId: { type: 'apiKey', in: 'header', name: 'Mirrorfleet-Slave', description: 'the id of the slave' },
        },
      },
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: { ...schema, response: schema?.response ?? TEXT, security: securityOf(route.config?.access) },
    }),
  })
  await app.register(async (pages) => {
    pages.addHook('onRequest', addHeaders(pageHeaders(app)))
    await pages.register(swaggerUi, { routePrefix: '/docs', staticCSP: CSP })
  })
}

function securityOf(access: Access | undefined): Record<string, string[]>[] {
  if (access === 'open') return []
  return access === 'slave' ? [{ slave: [], slaveId: [] }] : [{ basic: [] }, { token: [] }]
}
