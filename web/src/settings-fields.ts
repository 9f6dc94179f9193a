// Every setting of a project as a field of a form, in its sections. Pure.

import { readBandwidth, showBandwidth } from '../../shared/bandwidth-text.ts'
import { readFilterLines } from '../../shared/filter-lines.ts'
import { readHooks, showHooks } from '../../shared/hooks-text.ts'
import { readProbe, showProbe } from '../../shared/probe-text.ts'
import { readUpstreamAddress, showUpstreamAddress } from '../../shared/rsync/upstream-address.ts'
import { TRANSPORTS, USUAL_PORTS } from '../../shared/schemas/choices.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import { sourceOf } from '../../shared/source-of.ts'
import { readTrace, showTrace } from '../../shared/trace-text.ts'
import { rcloneFields } from './rclone-fields.ts'
import {
  choice,
  type NamedField,
  numberOrNull,
  type Part,
  rsyncOptions,
  secret,
  type Texts,
  text,
  textOrNull,
  words,
} from './setting-field.ts'

const BY_SETTING = "the master's setting"

export const SECTIONS: readonly { title: string; fields: readonly NamedField[] }[] = [
  {
    title: 'Source',
    fields: [
      ...rcloneFields,
      text('rsync_host', 'Upstream host', 6),
      numberOrNull('rsync_port', 'Port', 2, {
        placeholder: 'the usual',
        write: (entered, { transport = '' }) => ({
          rsync_port: entered.trim() === '' ? usualPort(transport) : Number(entered),
        }),
      }),
      text('rsync_module', 'Module and path', 4),
      textOrNull('rsync_user', 'User', 4, { placeholder: 'none' }),
      secret('rsync_password', 'Password', 4, ({ has_password }) => has_password),
      textOrNull('upstreams', 'Further upstreams', 12, {
        placeholder: 'none',
        hint: 'rsync://user@host:port/module, one after the other; each is asked when those before it cannot be reached',
        read: ({ upstreams }) => (upstreams ?? []).map(showUpstreamAddress).join(' '),
        // What is no address is sent as a host, so that the master says what is wrong with it.
        write: (entered) => ({
          upstreams: words(entered).map((word) => readUpstreamAddress(word) ?? { rsync_host: word, rsync_module: '-' }),
        }),
      }),
      choice('transport', 'Connection', TRANSPORTS, {
        hint: 'tls: rsync over TLS, mostly at port 874; ssh: by a key, to a daemon that ssh starts',
      }),
      secret('ssh_key', 'Key for ssh', 4, ({ has_ssh_key }) => has_ssh_key, {
        hint: 'A private key without a passphrase',
      }),
      textOrNull('ssh_known_host', 'Host key for ssh', 4, {
        placeholder: 'none',
        hint: 'Of the upstream, such as ssh-ed25519 AAAA…',
      }),
      textOrNull('address', 'Connect from the address', 4, {
        placeholder: 'any of the master',
        hint: 'An IPv4 or IPv6 address of the master',
      }),
      textOrNull('proxy', 'HTTP proxy', 4, { placeholder: 'none', hint: 'host:port; only root may set it' }),
      textOrNull('wait_for', 'Wait while it has', 4, {
        placeholder: 'what the layout knows',
        hint: 'Files at its top that say that it is being updated, such as Archive-Update-in-Progress-*; - for none',
        read: ({ wait_for }) => (wait_for?.length === 0 ? '-' : (wait_for ?? []).join(' ')),
        write: (entered) => ({
          wait_for: entered.trim() === '' ? null : words(entered).filter((word) => word !== '-'),
        }),
      }),
      textOrNull('probe', 'Probe', 4, {
        placeholder: 'every run scans',
        hint: 'A small file of the module, or an address, that tells whether anything is new',
        read: ({ probe }) => showProbe(probe),
        write: (entered) => ({ probe: readProbe(entered) }),
      }),
    ],
  },
  {
    title: 'Place',
    fields: [
      text('project', 'Name', 4, { hint: 'The name of its folder; the files are moved along' }),
      text('dest', 'Folder on the master', 6),
      text('node', 'Master', 2, { required: false }),
    ],
  },
  {
    title: 'Repository',
    fields: [
      choice('layout', 'Layout', ['plain', 'debian', 'rpm', 'arch', 'alpine', 'fedora', 'checksums']),
      choice('verify', 'When the upstream is not whole', ['off', 'warn', 'hold']),
      choice('by_index', 'Look through the upstream', ['by a walk', 'by its indices'], {
        read: ({ by_index }) => (by_index ? 'by its indices' : 'by a walk'),
        write: (entered) => ({ by_index: entered === 'by its indices' }),
      }),
      textOrNull('verify_keyring', 'Keyring for its signatures', 4, { placeholder: 'signatures are not checked' }),
    ],
  },
  {
    title: 'Publishing',
    fields: [
      choice('publish', 'Publish', ['in_place', 'atomic'], {
        hint: 'atomic: in one step on all slaves, with rollback',
      }),
      numberOrNull('publish_quorum', 'Share of slaves to wait for', 4, {
        placeholder: 'all that answer',
        hint: 'above 0 and up to 1',
      }),
      numberOrNull('publish_timeout_s', 'Wait for a slave (seconds)', 4, { placeholder: BY_SETTING }),
      numberOrNull('keep_generations', 'Generations to keep', 4, {
        placeholder: '2',
        hint: 'atomic: whole trees to roll back to, from 2 to 50',
        write: (entered) => ({ keep_generations: entered.trim() === '' ? 2 : Number(entered) }),
      }),
    ],
  },
  {
    title: 'Filters and additions',
    fields: [
      textOrNull('filters', 'Filters', 12, {
        kind: 'lines',
        placeholder: 'none',
        hint: 'one rule a line, such as exclude *.iso; the first that matches decides',
        read: ({ filters }) => (filters ?? []).join('\n'),
        write: (entered) => ({ filters: readFilterLines(entered) }),
      }),
      choice('local_files', 'Files of our own', ['no', 'yes'], {
        hint: 'from .local/ID in DEST_ROOT, over those of the upstream',
        read: ({ local_files }) => (local_files ? 'yes' : 'no'),
        write: (entered) => ({ local_files: entered === 'yes' }),
      }),
      textOrNull('hooks', 'Commands around runs', 6, {
        placeholder: 'none',
        hint: 'files in COMMANDS_DIR, such as before=check-vpn published=purge-cdn',
        read: ({ hooks }) => showHooks(hooks),
        write: (entered) => ({ hooks: readHooks(entered) }),
      }),
      textOrNull('trace', 'Trace files', 4, {
        placeholder: 'none',
        hint: 'debian, timestamp or timestamp:FILE',
        read: ({ trace }) => showTrace(trace),
        write: (entered) => ({ trace: readTrace(entered) }),
      }),
    ],
  },
  {
    title: 'Safety and options',
    fields: [
      numberOrNull('delete_guard_percent', 'Delete guard (%)', 3, {
        placeholder: BY_SETTING,
        hint: '0 switches it off',
      }),
      textOrNull('tolerated_exit_codes', 'Tolerated exit codes', 3, {
        placeholder: 'none',
        hint: '23, 24 or both',
        read: ({ tolerated_exit_codes }) => (tolerated_exit_codes ?? []).join(' '),
        write: (entered) => ({ tolerated_exit_codes: words(entered).map(toCode) }),
      }),
      numberOrNull('jitter_s', 'Spread of the start (seconds)', 3, { placeholder: '0' }),
      numberOrNull('interval_s', 'Run so long after the last (seconds)', 3, { placeholder: 'by the schedule' }),
      numberOrNull('priority', 'Priority', 3, { placeholder: '0', hint: '-10 (last) to 10 (first)' }),
      numberOrNull('retry_limit', 'Retries', 3, { placeholder: BY_SETTING }),
      numberOrNull('io_timeout_s', 'Silence that ends an attempt (seconds)', 3, { placeholder: BY_SETTING }),
      numberOrNull('timeout_s', 'Longest attempt (seconds)', 3, { placeholder: BY_SETTING }),
      numberOrNull('max_syncs_per_host', 'Runs at once for its host', 3, { placeholder: BY_SETTING }),
      textOrNull('bandwidth', 'Bandwidth by hour of day', 6, {
        placeholder: 'no limit',
        hint: 'such as 08:00-18:00=10m, 22:00-02:00=50m',
        read: ({ bandwidth }) => showBandwidth(bandwidth),
        write: (entered) => ({ bandwidth: entered.trim() === '' ? null : readBandwidth(entered) }),
      }),
      rsyncOptions('delete', 'Delete option', 3, { placeholder: 'nothing is deleted' }),
      rsyncOptions('defaults', 'rsync options', 6, { placeholder: '-avH' }),
      rsyncOptions('basic', 'More rsync options', 6),
    ],
  },
  {
    title: 'Triggers',
    fields: [
      secret('trigger_secret', 'Trigger secret', 6, ({ has_trigger_secret }) => has_trigger_secret, {
        hint: 'Signs the requests of an upstream that says it has something new',
      }),
      textOrNull('downstreams', 'Told when there is something new', 6, {
        placeholder: 'nobody',
        hint: 'Addresses, with blanks between them; their secrets are set on the command line or by the API',
        read: ({ downstreams }) => downstreams.map(({ url }) => url).join(' '),
        write: (entered) => ({ downstreams: words(entered).map((url) => ({ url })) }),
      }),
    ],
  },
]

/** What only rsync has. */
const OF_RSYNC: readonly string[] = [
  ...['rsync_host', 'rsync_port', 'rsync_module', 'rsync_user', 'rsync_password', 'rsync_options'],
  ...['upstreams', 'wait_for', 'tolerated_exit_codes', 'address', 'proxy', 'transport'],
  ...['ssh_key', 'ssh_known_host'],
]

/** Those of the fields that mean something to a project, by what fills its tree. */
export function fieldsOf(project: ProjectView, fields: readonly NamedField[]): readonly NamedField[] {
  const { kind } = sourceOf(project)
  return fields.filter(({ name }) => {
    if (name === 'source') return kind === 'rclone'
    return kind === 'rsync' || !OF_RSYNC.includes(name)
  })
}

export const FIELDS: readonly NamedField[] = SECTIONS.flatMap(({ fields }) => fields)

const usualPort = (transport: string) => USUAL_PORTS[TRANSPORTS.find((one) => one === transport) ?? 'rsync']

/** What the server says of a code that it does not know is better than what we could say here. */
const toCode = (word: string) => Number(word) as 23 | 24

/** The texts of a project's settings. */
export function textsOf(project: ProjectView): Texts {
  return Object.fromEntries(FIELDS.map(({ key, kind, read }) => [key, kind === 'secret' ? '' : read(project)]))
}

/** One line of the difference between what is and what would be saved. */
export interface Change {
  key: string
  label: string
  before: string
  after: string
}

/** A secret that would be taken away; nobody types this. */
export const REMOVED = '\u0000'

export function changesOf(project: ProjectView, texts: Texts): Change[] {
  const before = textsOf(project)
  return FIELDS.flatMap(({ key, label, kind, read }): Change[] => {
    const text = texts[key] ?? ''
    if (text === before[key]) return []
    if (kind !== 'secret') return [{ key, label, before: before[key] ?? '', after: text }]
    return [{ key, label, before: read(project), after: text === REMOVED ? '' : 'changed' }]
  })
}

/** The request that makes the changes; only what has changed is in it. */
export function requestOf(changes: readonly Pick<Change, 'key'>[], texts: Texts): Part {
  const changed = FIELDS.filter(({ key }) => changes.some((change) => change.key === key))
  const parts = changed.map(({ key, write }) => write(texts[key] === REMOVED ? '' : (texts[key] ?? ''), texts))
  return Object.assign({}, ...parts)
}
