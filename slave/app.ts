// Builds the slave's HTTP application. It does not listen.

import { createServer, type Server } from '../shared/http/create-server.ts'
import type { SlaveContext } from './context.ts'
import { jobRoutes } from './routes/jobs.ts'

/** The application over a context. */
export async function buildApp(context: SlaveContext): Promise<Server> {
  const app = createServer(context.settings, context.settings.SLAVE_BIND)
  context.logger.use(app.log)
  await app.register(jobRoutes, context)
  return app
}
