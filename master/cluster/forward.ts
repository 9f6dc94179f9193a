// Forwards a request to the master that has the project's files, and returns that master's answer.

import { readFileSync } from 'node:fs'
import replyFrom from '@fastify/reply-from'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../../settings.ts'
import { MasterDown } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import type { Store } from '../store/store.ts'
import type { Topology } from '../topology.ts'
import { tellClientAddress } from './client-address.ts'

export interface ForwardingDeps {
  settings: Pick<Settings, 'TLS_CA' | 'MASTER_NODE'>
  topology: Pick<Topology, 'otherMaster' | 'listMasters'>
  store: Pick<Store, 'findProject' | 'findRun'>
  secrets: { slaveToken: string }
}

/** Names the master that forwarded a request. A request is forwarded once only, so that it never goes in circles. */
const HEADER = 'x-mirrorfleet-forwarded'

/**
 * A route says in `config.onLead` whether its requests are about a project or a run. On the right master, they reach
 * the route's own handler.
 */
export async function installForwarding(app: Server, deps: ForwardingDeps): Promise<void> {
  const { settings, topology, store, secrets } = deps
  await app.register(replyFrom, {
    undici: {
      connect: settings.TLS_CA === undefined ? {} : { ca: readFileSync(settings.TLS_CA) },
      // A log that is being followed may be silent for a long time.
      bodyTimeout: 0,
    },
  })

  app.addHook('onRoute', (route) => {
    const { onLead } = route.config ?? {}
    if (onLead !== undefined) route.preHandler = [route.preHandler ?? [], handOn(onLead)].flat()
  })
  const handOn = (onLead: 'project' | 'run') => async (request: FastifyRequest, reply: FastifyReply) => {
    const wanted = onLead === 'run' ? await findRun(request) : await findProject(request)
    if (wanted === null) return
    const other = findOther(request, wanted)
    if (other === null) return
    if (request.headers[HEADER] !== undefined)
      throw new MasterDown(settings.MASTER_NODE, 'the project was given to another master')
    await reply.from(`${other.url}${request.url}`, {
      // The other master may have died a moment ago, and still count as up.
      onError: (answer) => answer.send(new MasterDown(other.node, 'it does not answer')),
      // This master has judged where the request comes from; to the other one, this master's own page would be foreign.
      rewriteRequestHeaders: (_request, { origin: _origin, referer: _referer, ...headers }) => ({
        ...headers,
        [HEADER]: settings.MASTER_NODE,
        ...tellClientAddress(secrets.slaveToken, request.clientAddress),
      }),
    })
    return reply
  }

  const findProject = async (request: FastifyRequest) => {
    const { id, node } = { ...Object(request.query), ...Object(request.body) } as { id?: string; node?: string }
    const project = id === undefined ? null : await store.findProject(id)
    if (project !== null) return { project }
    // A project that is being added: the master that will have its files checks the folder.
    const isNamed =
      request.routeOptions.url === '/add_project' && (await topology.listMasters()).some((one) => one.node === node)
    return isNamed && node !== undefined ? { project: { node, lead: node } } : null
  }
  const findRun = async (request: FastifyRequest) => {
    const { run: id } = request.query as { run?: string }
    const run = id === undefined ? null : await store.findRun(id)
    return run === null ? null : { run }
  }
  const findOther = (request: FastifyRequest, wanted: Parameters<Topology['otherMaster']>[0]) => {
    try {
      return topology.otherMaster(wanted)
    } catch (error) {
      if (error instanceof MasterDown && needsNoDisk(request)) return null
      throw error
    }
  }
}

/** A project whose master is not up can still be given to another master, or be removed without its files. */
function needsNoDisk(request: FastifyRequest): boolean {
  const { id: _id, ...rest } = Object(request.body) as Record<string, unknown>
  const asked = Object.entries(rest).filter(([, value]) => value !== undefined)
  if (request.routeOptions.url?.startsWith('/update_project')) return asked.every(([name]) => name === 'node')
  return request.routeOptions.url === '/remove_project' && rest.purge !== true
}
