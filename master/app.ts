// Builds the master's HTTP application: log-in, then routes. It does not listen.

import { createServer, type Server } from '../shared/http/create-server.ts'
import { assertPlainText } from '../shared/http/plain-text.ts'
import { addHeaders, dataHeaders } from '../shared/http/security-headers.ts'
import { installAudit } from './audit/install.ts'
import { installForwarding } from './cluster/forward.ts'
import type { MasterContext } from './context.ts'
import { installOpenApi } from './openapi/install.ts'
import { assignRoutes } from './routes/assign-node.ts'
import { auditRoutes } from './routes/audit.ts'
import { dashboardRoutes } from './routes/dashboard.ts'
import { eventRoutes } from './routes/events.ts'
import { generationRoutes } from './routes/generations.ts'
import { hookRoutes } from './routes/hooks.ts'
import { masterRoutes } from './routes/masters.ts'
import { notifyRoutes } from './routes/notify.ts'
import { projectRoutes } from './routes/projects.ts'
import { runHistoryRoutes } from './routes/run-history.ts'
import { runRoutes } from './routes/runs.ts'
import { scheduleRoutes } from './routes/schedules.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { slaveReportRoutes } from './routes/slave-reports.ts'
import { slaveRoutes } from './routes/slaves.ts'
import { statusRoutes } from './routes/status.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { upstreamTestRoutes } from './routes/upstream-test.ts'
import { userRoutes } from './routes/users.ts'
import { installClientAddress } from './users/client-address.ts'
import { installAuth } from './users/login.ts'

/** The application over a context; `context.start()` is not needed for it to be built. */
export async function buildApp(context: MasterContext): Promise<Server> {
  const app = createServer(context.settings, context.settings.MASTER_BIND)
  app.addHook('onRequest', addHeaders(dataHeaders(app)))
  context.logger.use(app.log)
  app.addHook('onResponse', (request, reply, next) => {
    const route = request.routeOptions.url ?? 'unknown'
    context.metrics.noteRequest({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    next()
  })
  installClientAddress(app, context.settings)
  const { users, secrets, loginFailures, now, noteFailedLogIn } = context
  const limits = await installAuth(app, users, secrets.slaveToken, loginFailures, now, noteFailedLogIn)
  // Nothing looks into what a slave reports but JSON.parse, and a report that is refused is lost.
  app.addHook('preValidation', async ({ body, query, params, routeOptions }) => {
    if (routeOptions.config.access !== 'slave') for (const part of [query, params, body]) assertPlainText(part)
  })
  installAudit(app, context)
  await installForwarding(app, context)
  await installOpenApi(app, context.version)
  await app.register(projectRoutes, context)
  await app.register(scheduleRoutes, context)
  await app.register(runRoutes, context)
  await app.register(runHistoryRoutes, context)
  await app.register(generationRoutes, context)
  await app.register(masterRoutes, context)
  await app.register(assignRoutes, context)
  await app.register(eventRoutes, context)
  await app.register(slaveRoutes, context)
  await app.register(slaveReportRoutes, context)
  await app.register(userRoutes, context)
  await app.register(sessionRoutes, { ...context, limits })
  await app.register(tokenRoutes, context)
  await app.register(auditRoutes, context)
  await app.register(upstreamTestRoutes, context)
  await app.register(hookRoutes, { hooks: context.hooks, limits })
  await app.register(statusRoutes, context)
  await app.register(notifyRoutes, context)
  await app.register(dashboardRoutes)
  return app
}
