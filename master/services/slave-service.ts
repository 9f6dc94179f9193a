// The rules of slaves: who belongs to the fleet, how each is doing, and what trees they are told to move or drop.

import { SlaveAmbiguous, SlaveNotFound } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/events.ts'
import { assertHost } from '../../shared/rsync/source.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { SlaveView, StoredSlave } from '../../shared/schemas/slave.ts'
import type { Store } from '../store/store.ts'
import type { SlaveClient } from '../sync/slave-client.ts'

export interface SlaveServiceDeps {
  store: Store
  events: EventBus<MasterEvents>
  client: SlaveClient
  /** Lets the slaves of these hosts, and nobody else, pull from the master. */
  allowHosts: (hosts: readonly string[]) => Promise<void>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

interface Sight {
  state: 'up' | 'down'
  last_seen: string | null
  version: string | null
}

export interface AddedSlave {
  slave: StoredSlave
  details: 'Added to cluster' | 'Already added'
  reachable: boolean
}

export class SlaveService {
  readonly #deps: SlaveServiceDeps
  readonly #sights = new Map<string, Sight>()

  constructor(deps: SlaveServiceDeps) {
    this.#deps = deps
  }

  /** A slave is its hostname and port together; adding it again changes nothing. */
  async add(hostname: string, port: number): Promise<AddedSlave> {
    assertHost(hostname, 'hostname')
    const name = hostname.toLowerCase()
    const slave = { id: `${name}:${port}`, hostname: name, port, created_at: new Date(this.#deps.now()).toISOString() }
    const reachable = await this.look(slave)
    const present = await this.#deps.store.addSlave(slave)
    if (present === null) await this.#changed(slave.id)
    return { slave: present ?? slave, details: present === null ? 'Added to cluster' : 'Already added', reachable }
  }

  /** @throws {SlaveNotFound} @throws {SlaveAmbiguous} when the hostname alone fits several. */
  async remove(hostname: string, port: number | undefined): Promise<StoredSlave> {
    const slaves = await this.#deps.store.listSlaves()
    const fitting = slaves.filter(
      (slave) => slave.hostname === hostname.toLowerCase() && (port === undefined || slave.port === port),
    )
    const [slave, another] = fitting
    if (slave === undefined) throw new SlaveNotFound(port === undefined ? hostname : `${hostname}:${port}`)
    if (another !== undefined) throw new SlaveAmbiguous(hostname)
    await this.#deps.store.removeSlave(slave.id)
    this.#sights.delete(slave.id)
    await this.#changed(slave.id)
    return slave
  }

  async list(): Promise<SlaveView[]> {
    const projects = await this.#deps.store.listProjects()
    return (await this.#deps.store.listSlaves()).map((slave) => {
      const { id, hostname, port } = slave
      const sight = this.#sights.get(id) ?? { state: 'unknown' as const, last_seen: null, version: null }
      const anchors = projects.map((project) => {
        const anchor = project.anchors[id] ?? null
        return [project.id, { anchor, lag: project.generation - (anchor ?? 0) }] as const
      })
      return { id, hostname, port, ...sight, projects: Object.fromEntries(anchors) }
    })
  }

  /** Asks a slave for its health and remembers the answer; true when it is up. */
  async look(slave: Pick<StoredSlave, 'id' | 'hostname' | 'port'>): Promise<boolean> {
    const health = await this.#deps.client.health(slave)
    const before = this.#sights.get(slave.id)
    this.#sights.set(slave.id, {
      state: health === null ? 'down' : 'up',
      last_seen: health === null ? (before?.last_seen ?? null) : new Date(this.#deps.now()).toISOString(),
      version: health?.version ?? before?.version ?? null,
    })
    const name = health === null ? 'slave.down' : 'slave.up'
    if (before?.state !== (health === null ? 'down' : 'up')) this.#deps.events.publish(name, { slave_id: slave.id })
    return health !== null
  }

  /** Tells every slave that a project's folder has a new name; one that misses it learns it with the next sync. */
  async renameTrees(key: string, project: string): Promise<void> {
    await this.#tellAll((slave) => this.#deps.client.renameTree(slave, key, project))
  }

  /** Tells every slave to forget a project's tree, and with `purge` to remove its files. */
  async removeTrees(key: string, project: string, purge: boolean): Promise<void> {
    await this.#tellAll((slave) => this.#deps.client.removeTree(slave, key, project, purge))
  }

  /** The hosts of all slaves, each once. */
  async hosts(): Promise<string[]> {
    return [...new Set((await this.#deps.store.listSlaves()).map((slave) => slave.hostname))]
  }

  /** A slave may pull when its adding is answered, and may not any more when its removal is. */
  async #changed(slaveId: string): Promise<void> {
    await this.#deps.allowHosts(await this.hosts())
    this.#deps.events.publish('slave.changed', { slave_id: slaveId })
  }

  async #tellAll(tell: (slave: StoredSlave) => Promise<void>): Promise<void> {
    const slaves = await this.#deps.store.listSlaves()
    await Promise.all(
      slaves.map((slave) => tell(slave).catch((error) => this.#deps.onError(error, { slave: slave.id }))),
    )
  }
}
