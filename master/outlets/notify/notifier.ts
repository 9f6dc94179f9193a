// Tells people by mail and chat what went wrong and what recovered: what comes together goes out as one message.

import { setTimeout as sleep } from 'node:timers/promises'
import type { EventBus } from '../../../shared/flow/events.ts'
import type { MasterEvents } from '../../../shared/schemas/event.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { hasEnded } from '../../../shared/schemas/run-state.ts'
import type { Store } from '../../store/store.ts'
import type { Channel, Message } from './channel.ts'
import { kindOf, type Notice, type NoticeKind, writeMessage } from './notices.ts'

export interface NotifierDeps {
  store: Pick<Store, 'findProjectByKey' | 'listProjects'>
  events: EventBus<MasterEvents>
  channels: readonly Channel[]
  /** Names this master in the subjects. */
  site: string
  /** How long notices are gathered before a message, and how long after one the next may follow, in milliseconds. */
  gatherMs: number
  pauseMs: number
  /** Before the second attempt of a message; it doubles after. */
  retryMs: number
  onWarning: (message: string, details: Record<string, unknown>) => void
}

/** How one channel took a message; `error` is null when it did. */
export interface Told {
  channel: string
  error: string | null
}

export type Notifier = ReturnType<typeof createNotifier>

const ATTEMPTS = 4
const FAILED_STATES: readonly string[] = ['failed', 'blocked', 'partial', 'interrupted']

export function createNotifier(deps: NotifierDeps) {
  const { store, events, channels, site, gatherMs, pauseMs, retryMs, onWarning } = deps
  const stopping = new AbortController()
  /** What is wrong and was told, by what it is about: nothing is told twice. */
  const wrong = new Map<string, NoticeKind>()
  /** By key: the end of a project's Release that was told. */
  const ends = new Map<string, string>()
  /** What the next message will tell: the newest about each thing. */
  const gathered = new Map<string, Notice>()
  let sending: Promise<void> | null = null

  const send = async (message: Message, attempts: number): Promise<Told[]> =>
    Promise.all(
      channels.map(async (channel) => {
        const error = await attempt(channel, message, attempts)
        if (error !== null) onWarning('a message to people was not accepted', { channel: channel.name, problem: error })
        return { channel: channel.name, error }
      }),
    )

  const attempt = async (channel: Channel, message: Message, attempts: number): Promise<string | null> => {
    for (let number = 1; ; number++) {
      try {
        await channel.send(message, stopping.signal)
        return null
      } catch (error) {
        if (number === attempts || stopping.signal.aborted)
          return error instanceof Error ? error.message : String(error)
        await pause(retryMs * 2 ** (number - 1))
      }
    }
  }

  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => {})

  const flush = async (): Promise<void> => {
    while (gathered.size > 0 && !stopping.signal.aborted) {
      await pause(gatherMs)
      const notices = [...gathered.values()]
      gathered.clear()
      await send(writeMessage(notices, site), ATTEMPTS)
      await pause(pauseMs)
    }
  }

  const tell = (key: string, notice: Notice): void => {
    if (channels.length === 0) return
    gathered.set(key, notice)
    sending ??= flush()
      .catch((error) => onWarning('a message to people could not be prepared', { error: String(error) }))
      .finally(() => {
        sending = null
      })
  }

  /** Something is wrong: told when it was not before, or in another way. */
  const fail = (key: string, notice: Notice): void => {
    if (wrong.get(key) === notice.kind) return
    wrong.set(key, notice.kind)
    tell(key, notice)
  }

  /** The problem is gone: told only when the problem itself was told. */
  const recover = (key: string, notice: Omit<Notice, 'kind'>): void => {
    if (wrong.delete(key)) tell(key, { ...notice, kind: 'recovered' })
  }

  const onRun = async (key: string, run: Run): Promise<void> => {
    if (run.dry_run || !hasEnded(run.state)) return
    const kind = kindOf(run)
    if (kind === null && (run.state !== 'succeeded' || !wrong.has(key))) return
    const project = await store.findProjectByKey(key)
    if (project === null) return
    const group = project.rsync_host || 'other sources'
    if (kind !== null) return fail(key, { kind, about: run.id, group, cause: run.error?.message ?? run.state })
    // A run that only brings slaves up to date makes up for a partial run, and for nothing else.
    if (run.upstream.state !== 'skipped' || project.last_run?.run === run.run)
      recover(key, { about: run.id, group, cause: 'The project is synced again.' })
  }

  const onStale = ({ id, key, last_success_at }: MasterEvents['project.stale']): void => {
    const since = last_success_at === null ? 'It has never been synced.' : `The last success was at ${last_success_at}.`
    const cause = `No success within twice the schedule's period. ${since}`
    fail(key, { kind: 'stale', about: id, group: 'this fleet', cause })
  }

  const onExpiring = ({ id, key, valid_until }: MasterEvents['project.expiring']): void => {
    ends.set(key, valid_until)
    const cause = `Its Release is valid until ${valid_until}; apt refuses it after that. Look at its upstream, which writes a new one.`
    fail(`end of ${key}`, { kind: 'expiring', about: id, group: 'this fleet', cause })
  }

  const onRenewed = ({ id, key, project }: MasterEvents['project.changed']): void => {
    const { valid_until = null } = project
    const told = ends.get(key)
    if (told === undefined || valid_until === told) return
    ends.delete(key)
    recover(`end of ${key}`, {
      about: id,
      group: 'this fleet',
      cause: `Its Release is valid until ${valid_until ?? 'no time'}.`,
    })
  }

  const onSlave = (kind: NoticeKind, slave: string, cause: string): void =>
    fail(`slave ${slave}`, { kind, about: slave, group: slave, cause })

  const listen = (): (() => void)[] => [
    events.on(
      'run.changed',
      ({ key, run }) =>
        void onRun(key, run).catch((error) => onWarning('a run could not be told', { error: String(error) })),
      'own',
    ),
    events.on('project.stale', onStale, 'own'),
    events.on('project.expiring', onExpiring, 'own'),
    events.on('project.changed', onRenewed, 'own'),
    events.on('project.removed', ({ key }) => void (wrong.delete(key) && gathered.delete(key))),
    events.on(
      'slave.down',
      ({ slave_id }) =>
        onSlave('slave down', slave_id, 'It does not answer. Its users get what it has until it is back.'),
      'own',
    ),
    events.on(
      'slave.refuses',
      ({ slave_id }) =>
        onSlave('slave refuses', slave_id, 'It takes no orders from this master. `mirrorfleet slave list` says why.'),
      'own',
    ),
    events.on(
      'slave.up',
      ({ slave_id }) => recover(`slave ${slave_id}`, { about: slave_id, group: slave_id, cause: 'The slave is up.' }),
      'own',
    ),
  ]

  let unsubscribe: readonly (() => void)[] = []
  return {
    fail,
    recover,
    /** Sends a message of its own at once, once. Empty when there is no channel. */
    test: (): Promise<Told[]> =>
      send({ subject: `${site}: test`, text: 'This is a test. Messages about this fleet arrive here.' }, 1),
    /** What went wrong before a restart is not told again, but its recovery is. */
    start: async (): Promise<void> => {
      unsubscribe = listen()
      for (const { key, last_run } of await store.listProjects())
        if (last_run !== null && FAILED_STATES.includes(last_run.state)) wrong.set(key, 'failed')
    },
    stop: async (): Promise<void> => {
      for (const undo of unsubscribe) undo()
      stopping.abort()
      await sending
    },
  }
}
