// Hands a request to the master that holds the disk it is about, and its answer back.

import { readFileSync } from 'node:fs'
import replyFrom from '@fastify/reply-from'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../../settings.ts'
import { MasterDown } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import type { Store } from '../store/store.ts'
import type { Topology } from '../topology.ts'

export interface ForwardingDeps {
  settings: Pick<Settings, 'TLS_CA' | 'MASTER_NODE'>
  topology: Pick<Topology, 'otherMaster' | 'listMasters'>
  store: Pick<Store, 'findProject' | 'findRun'>
}

/** Says that a request was handed on already, and by whom: it never goes in circles. */
const HEADER = 'x-mirrorfleet-forwarded'

/** Routes say in `config.onLead` what they are about. A request reaches its route here when this is the right master. */
export async function installForwarding(app: Server, deps: ForwardingDeps): Promise<void> {
  const { settings, topology, store } = deps
  await app.register(replyFrom, {
    undici: {
      connect: settings.TLS_CA === undefined ? {} : { ca: readFileSync(settings.TLS_CA) },
      // A log that is followed may say nothing for long.
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
    if (request.headers[HEADER] !== undefined) throw new MasterDown(settings.MASTER_NODE, 'it has been given away')
    await reply.from(`${other.url}${request.url}`, {
      // It may have died a moment ago, and nobody has noticed yet.
      onError: (answer) => answer.send(new MasterDown(other.node, 'it does not answer')),
      rewriteRequestHeaders: (_request, headers) => ({ ...headers, [HEADER]: settings.MASTER_NODE }),
    })
    return reply
  }

  const findProject = async (request: FastifyRequest) => {
    const { id, node } = Object(request.body) as { id?: string; node?: string }
    const project = id === undefined ? null : await store.findProject(id)
    if (project !== null) return { project }
    // One that is to be added: its folder is looked at where it will lie.
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

/** A project of a master that is gone can still be given to another one, or be forgotten. */
function needsNoDisk(request: FastifyRequest): boolean {
  const { id: _id, ...rest } = Object(request.body) as Record<string, unknown>
  const asked = Object.entries(rest).filter(([, value]) => value !== undefined)
  if (request.routeOptions.url?.startsWith('/update_project')) return asked.every(([name]) => name === 'node')
  return request.routeOptions.url === '/remove_project' && rest.purge !== true
}
