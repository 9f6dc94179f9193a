// The rules of slaves: which belong to the fleet, how each is doing, and which trees they are told to move or remove.

import { atField, InvalidInput, SlaveAmbiguous, SlaveCycle, SlaveInUse, SlaveNotFound } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import { assertHost } from '../../shared/rsync/source.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Jobs } from '../../shared/schemas/messages.ts'
import type { SlaveView, StoredSlave } from '../../shared/schemas/slave.ts'
import { lagOf } from '../records/generations.ts'
import { pathToMaster } from '../records/slave-paths.ts'
import { nextSight, type SlaveSight } from '../records/slave-sight.ts'
import type { SlaveAddress, SlaveClient } from '../stages/slave-client.ts'
import type { Store } from '../store/store.ts'

export interface SlaveServiceDeps {
  store: Store
  events: EventBus<MasterEvents>
  client: SlaveClient
  /** The own token of a slave, by its id. */
  tokenOf: (slaveId: string) => string
  /** Lets the slaves of these hosts, and nobody else, pull from the master. */
  allowHosts: (hosts: readonly string[]) => Promise<void>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const UNSEEN = { state: 'unknown' as const, reason: null, last_seen: null, version: null, toMaster: null }

export interface AddedSlave {
  slave: StoredSlave
  details: 'Added to cluster' | 'Already added'
  /** Whether it answered; it may refuse orders all the same. */
  reachable: boolean
  /** Its own token, for its settings. */
  token: string
}

export class SlaveService {
  readonly #deps: SlaveServiceDeps
  readonly #sights = new Map<string, SlaveSight>()
  /** The hosts that were admitted last. */
  #admitted: string | null = null
  #admitting: Promise<void> = Promise.resolve()
  /** The last change of who belongs to the fleet, and of who pulls from whom. */
  #changing: Promise<unknown> = Promise.resolve()
  #unsubscribe = () => {}

  constructor(deps: SlaveServiceDeps) {
    this.#deps = deps
  }

  /** Another master may have been told of a slave: it may pull from this one too from now on. */
  start(): void {
    const { events, onError } = this.#deps
    const admit = () => void this.admitHosts().catch((error) => onError(error, { part: 'rsyncd hosts' }))
    this.#unsubscribe = events.on('slave.changed', admit)
  }

  stop(): void {
    this.#unsubscribe()
  }

  /**
   * A slave is its hostname and port together; adding it again changes nothing but its upstream, the slave that it pulls
   * from (null: the master; undefined: as it is).
   *
   * @throws {SlaveNotFound} for an upstream that is not there. @throws {SlaveCycle} for one that leads back to the slave.
   */
  async add(hostname: string, port: number, upstream: string | null | undefined): Promise<AddedSlave> {
    assertHost(hostname, 'hostname')
    const name = hostname.toLowerCase()
    const created = new Date(this.#deps.now()).toISOString()
    const slave = { id: `${name}:${port}`, hostname: name, port, upstream: upstream ?? null, created_at: created }
    this.#checkUpstream(slave.id, slave.upstream, await this.#deps.store.listSlaves())
    const reachable = (await this.look(slave)) !== 'down'
    return this.#inTurn(() => this.#add(slave, upstream, reachable))
  }

  async #add(slave: StoredSlave, upstream: string | null | undefined, reachable: boolean): Promise<AddedSlave> {
    const token = this.#deps.tokenOf(slave.id)
    this.#checkUpstream(slave.id, slave.upstream, await this.#deps.store.listSlaves())
    const present = await this.#deps.store.addSlave(slave)
    if (present === null) await this.#changed(slave.id)
    else if (upstream !== undefined && upstream !== present.upstream) {
      await this.#deps.store.updateSlave(slave.id, (one) => ({ ...one, upstream }))
      await this.#changed(slave.id)
      return { slave: { ...present, upstream }, details: 'Already added', reachable, token }
    }
    const details = present === null ? 'Added to cluster' : 'Already added'
    return { slave: present ?? slave, details, reachable, token }
  }

  /** Does one change after the other: two at once could make a circle, or take away what another slave pulls from. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changing = this.#changing.catch(() => {}).then(change)
    this.#changing = changing
    return changing
  }

  /** The own token of a slave of the fleet. @throws {SlaveNotFound} */
  async token(id: string): Promise<string> {
    await this.assertMember(id)
    return this.#deps.tokenOf(id)
  }

  /** A slave that was removed keeps its token, but not its place. @throws {SlaveNotFound} */
  async assertMember(id: string): Promise<void> {
    if (!(await this.#deps.store.listSlaves()).some((slave) => slave.id === id)) throw new SlaveNotFound(id)
  }

  #checkUpstream(id: string, upstream: string | null, slaves: readonly StoredSlave[]): void {
    if (upstream === null) return
    const above = slaves.find((slave) => slave.id === upstream)
    if (above === undefined) throw atField(new SlaveNotFound(upstream), 'upstream')
    const path = pathToMaster(above, slaves)
    if (path.includes(id)) {
      const message = `upstream: ${id} would pull from itself, by way of ${path.join(' and ')}`
      throw atField(new SlaveCycle(message), 'upstream')
    }
    const sight = this.#sights.get(upstream)
    if (sight?.state === 'up' && sight.rsyncdPort === null) {
      const message = `upstream: ${upstream} serves no other slaves; set SLAVE_RSYNCD_PORT there`
      throw atField(new InvalidInput(message), 'upstream')
    }
  }

  /**
   * @throws {SlaveNotFound} @throws {SlaveAmbiguous} when the hostname alone fits several. @throws {SlaveInUse} when
   * others pull from it.
   */
  remove(hostname: string, port: number | undefined): Promise<StoredSlave> {
    return this.#inTurn(() => this.#remove(hostname, port))
  }

  async #remove(hostname: string, port: number | undefined): Promise<StoredSlave> {
    const slaves = await this.#deps.store.listSlaves()
    const fitting = slaves.filter(
      (slave) => slave.hostname === hostname.toLowerCase() && (port === undefined || slave.port === port),
    )
    const [slave, another] = fitting
    if (slave === undefined) throw new SlaveNotFound(port === undefined ? hostname : `${hostname}:${port}`)
    if (another !== undefined) throw new SlaveAmbiguous(hostname)
    const below = slaves.filter((one) => one.upstream === slave.id).map((one) => one.id)
    if (below.length > 0) throw new SlaveInUse(below.join(', '), slave.id)
    await this.#deps.store.removeSlave(slave.id)
    this.#sights.delete(slave.id)
    await this.#changed(slave.id)
    return slave
  }

  async list(): Promise<SlaveView[]> {
    const projects = await this.#deps.store.listProjects()
    return (await this.#deps.store.listSlaves()).map((slave) => {
      const { id, hostname, port, upstream } = slave
      const { state, reason, last_seen, version, toMaster } = this.#sights.get(id) ?? UNSEEN
      const anchors = projects.map((project) => {
        const { generation = null, drift = null } = project.anchors[id] ?? {}
        return [project.id, { anchor: generation, lag: lagOf(project, id), drift }] as const
      })
      const sight = { state, reason, last_seen, version, to_master: toMaster }
      return { id, hostname, port, upstream, ...sight, projects: Object.fromEntries(anchors) }
    })
  }

  /** The port of the slave's own rsyncd; null when it has none, or cannot be reached. */
  rsyncdPortOf(id: string): number | null {
    const sight = this.#sights.get(id)
    return sight?.state === 'up' ? sight.rsyncdPort : null
  }

  /** The name by which the slave's users know it. */
  publicNameOf({ id, hostname }: Pick<StoredSlave, 'id' | 'hostname'>): string {
    return this.#sights.get(id)?.publicName ?? hostname
  }

  /** The protocol that the slave speaks; it is asked when it has not said yet. 1 when it does not say. */
  async protocolOf(slave: StoredSlave): Promise<number> {
    const known = () => this.#sights.get(slave.id)?.protocol ?? null
    if (known() === null) await this.look(slave)
    return known() ?? 1
  }

  /** The last digest of the slave's trees; null when it never sent one. */
  treesOf(id: string): string | null {
    return this.#sights.get(id)?.trees ?? null
  }

  /** What the slave itself says of its trees; null when it does not answer. */
  async statesOf(slave: StoredSlave): Promise<Pick<Jobs, 'anchors' | 'trees'> | null> {
    return this.#deps.client.jobs(slave).catch(() => null)
  }

  /** Looks at a slave and remembers what it saw. Only one that is up takes orders. */
  async look(slave: SlaveAddress): Promise<SlaveSight['state']> {
    const probe = await this.#deps.client.probe(slave)
    const before = this.#sights.get(slave.id)
    const sight = nextSight(before, probe, new Date(this.#deps.now()).toISOString())
    const { state } = sight
    this.#sights.set(slave.id, sight)
    if (before?.state !== state) this.#deps.events.publish(`slave.${state}`, { slave_id: slave.id })
    return state
  }

  /** Tells every slave that a project's folder has a new name; one that misses it is told when it is back. */
  async renameTrees({ key, id, project }: { key: string; id: string; project: string }): Promise<void> {
    const { store, onError } = this.#deps
    const tell = (slave: StoredSlave) =>
      this.renameTree(slave, { key, id, project }).catch((error) => onError(error, { slave: slave.id, project: id }))
    await store.listSlaves().then(
      (slaves) => Promise.all(slaves.map(tell)),
      (error) => onError(error, { project: id }),
    )
  }

  async renameTree(
    slave: StoredSlave,
    { key, id, project }: { key: string; id: string; project: string },
  ): Promise<void> {
    await this.#deps.client.renameTree(slave, { key, id, project })
  }

  /** The hosts of all slaves, each once. */
  async hosts(): Promise<string[]> {
    return [...new Set((await this.#deps.store.listSlaves()).map((slave) => slave.hostname))]
  }

  /** Lets the slaves of the fleet, and nobody else, pull from this master. */
  admitHosts(): Promise<void> {
    const admit = async () => {
      const hosts = await this.hosts()
      const text = hosts.join(' ')
      if (text === this.#admitted) return
      await this.#deps.allowHosts(hosts)
      this.#admitted = text
    }
    // One after the other, so that the last call wins.
    const admitting = this.#admitting.catch(() => {}).then(admit)
    this.#admitting = admitting
    return admitting
  }

  /** A slave may pull once its addition is answered, and no longer once its removal is. */
  async #changed(slaveId: string): Promise<void> {
    await this.admitHosts()
    this.#deps.events.publish('slave.changed', { slave_id: slaveId })
  }
}
