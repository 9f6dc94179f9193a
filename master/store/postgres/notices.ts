// What masters on one database tell each other at once (LISTEN and NOTIFY), over a connection that is restored when it breaks.

import pg, { type PoolClient } from 'pg'
import { type Repetition, repeat } from '../../../shared/flow/repeat.ts'
import { connectionOptions, type Database } from './database.ts'
import { NodeName } from './node-name.ts'

const CHANNEL = 'mirrorfleet'
/** A payload must be shorter than 8000 bytes (PostgreSQL manual, NOTIFY); what is longer goes through a table. */
const MOST_BYTES = 7_500
const PING_MS = 3_000
const AGAIN_MS = 500
const KEPT = "interval '2 minutes'"

/** A project that changed, a message, or where a long message is kept. */
type Notice = { project: string } | { from: string; message: unknown } | { kept: string }

export class Notices {
  readonly #database: Database
  /** Held by the connection that listens; free when that ends. */
  readonly name: NodeName
  readonly #onError: (error: unknown) => void
  #projectListeners: ((key: string) => void)[] = []
  #messageListeners: ((message: unknown, from: string) => void)[] = []
  #gapListeners: (() => void)[] = []
  #client: pg.Client | null = null
  #upkeep: Repetition | null = null
  /** Messages are sent, and passed on, one after the other. */
  #sending: Promise<void> = Promise.resolve()
  #receiving: Promise<void> = Promise.resolve()

  /** Each message names `node` as its sender; a node does not receive its own messages. */
  constructor(database: Database, node: string, onError: (error: unknown) => void) {
    this.#database = database
    this.name = new NodeName(node)
    // Messages of a process with the same name are taken for our own.
    this.name.onChange((_state, before) => before === 'taken' && this.#tellOfGap())
    this.#onError = onError
  }

  /** Called with the key of every project that any master changed. */
  onProject(listener: (key: string) => void): void {
    this.#projectListeners.push(listener)
  }

  /** Called with the messages of other masters. */
  onMessage(listener: (message: unknown, from: string) => void): void {
    this.#messageListeners.push(listener)
  }

  /** Called when notices may have been missed, before the next one arrives. */
  onGap(listener: () => void): void {
    this.#gapListeners.push(listener)
  }

  isListening(): boolean {
    return this.#client !== null
  }

  /**
   * Resolves when the first connection listens and holds the node's name.
   *
   * @throws {Error} when it cannot be made, or another process has the name.
   */
  async start(): Promise<void> {
    const client = await this.#connect()
    this.#client = client
    await this.name.await(client)
    this.#upkeep = repeat({
      work: () => (this.#client === null ? this.#reconnect() : this.#keep(this.#client)),
      every: () => (this.#client === null || this.name.state !== 'held' ? AGAIN_MS : PING_MS),
      first: 'later',
      onError: this.#onError,
    })
  }

  async stop(): Promise<void> {
    await this.#sending
    const stopped = this.#upkeep?.stop()
    // Fails the ping under way, which may take long.
    await this.#client?.end().catch(() => {})
    await stopped
    // One that was made meanwhile.
    await this.#client?.end().catch(() => {})
  }

  /** Tells of a changed project when the transaction is committed. */
  async noteProject(client: PoolClient, key: string): Promise<void> {
    await client.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify({ project: key } satisfies Notice)])
  }

  /** Tells the other masters, in the background. */
  send(message: unknown): void {
    const text = JSON.stringify({ from: this.name.node, message } satisfies Notice)
    this.#sending = this.#sending.then(() => this.#sendText(text)).catch(this.#onError)
  }

  async #sendText(text: string): Promise<void> {
    if (Buffer.byteLength(text) < MOST_BYTES) {
      await this.#database.query('SELECT pg_notify($1, $2)', [CHANNEL, text])
      return
    }
    await this.#database.transaction(async (client) => {
      await client.query(`DELETE FROM notice WHERE made_at < now() - ${KEPT}`)
      const { rows } = await client.query<{ id: string }>('INSERT INTO notice (text) VALUES ($1) RETURNING id', [text])
      const kept: Notice = { kept: rows[0]?.id ?? '' }
      await client.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify(kept)])
    })
  }

  async #reconnect(): Promise<void> {
    const client = await this.#connect().catch(() => null)
    if (client === null) return
    this.#tellOfGap()
    this.#client = client
    await this.#keep(client)
  }

  /** Asks for the name while it is not held; else for an answer, since a cut network reports nothing. */
  async #keep(client: pg.Client): Promise<void> {
    try {
      if (this.name.state === 'held') await client.query('SELECT 1')
      else await this.name.take(client)
    } catch {
      void client.end().catch(() => {})
      this.#lose(client)
    }
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = null
    this.name.lose()
  }

  #tellOfGap(): void {
    for (const listener of this.#gapListeners) listener()
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(connectionOptions(this.#database.url))
    client.on('error', () => {})
    client.once('end', () => {
      if (this.#client === client) this.#upkeep?.wake()
      this.#lose(client)
    })
    client.on('notification', ({ payload }) => this.#receive(payload ?? ''))
    await client.connect()
    await client.query(`LISTEN ${CHANNEL}`)
    return client
  }

  #receive(payload: string): void {
    const notice = JSON.parse(payload) as Notice
    if ('project' in notice) for (const listener of this.#projectListeners) listener(notice.project)
    // One after the other: a long message takes longer to come than the short one that was sent after it.
    else this.#receiving = this.#receiving.then(() => this.#hand(notice)).catch(this.#onError)
  }

  async #hand(notice: Exclude<Notice, { project: string }>): Promise<void> {
    const sent = 'kept' in notice ? await this.#fetch(notice.kept) : notice
    if (sent === null || sent.from === this.name.node) return
    for (const listener of this.#messageListeners) listener(sent.message, sent.from)
  }

  async #fetch(id: string): Promise<{ from: string; message: unknown } | null> {
    const [row] = await this.#database.query<{ text: string }>('SELECT text FROM notice WHERE id = $1', [id])
    return row === undefined ? null : JSON.parse(row.text)
  }
}
