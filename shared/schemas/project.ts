// A project as it is stored and as answers show it.

import Type, { type Static } from 'typebox'
import { Name, Nullable, Timestamp } from './common.ts'
import { DownstreamView, StoredDownstream } from './downstream.ts'
import { Probed, ProbeSetting } from './probe.ts'
import { additionProperties } from './project-additions.ts'
import { connectionProperties } from './project-connection.ts'
import { limitProperties } from './project-limits.ts'
import {
  KeepGenerations,
  LayoutName,
  ProjectStages,
  Publish,
  RsyncOptions,
  TolerableCode,
  Verify,
  WaitFor,
} from './project-parts.ts'
import { RunState } from './run.ts'
import { Schedule } from './schedule.ts'
import { Source } from './source.ts'
import { StoredUpstream, UpstreamView } from './upstream.ts'

const LastRun = Type.Object({ run: Type.String(), state: RunState, finished_at: Nullable(Timestamp) })

/**
 * The fields that are stored and shown alike. "The request" is add_project, and later update_project/basic. All times
 * are ISO 8601 in UTC.
 */
const shownProperties = {
  /** The name that requests use. The request sets it; a new `project` name becomes the new id too. */
  id: Name,
  /** The name of the project's folder below `dest`. Written by the request. */
  project: Name,
  /** The username of whoever added the project. Never changes. */
  owner: Type.String(),
  /** False when the schedule is turned off. True at first; written by enable_project and disable_project. */
  enabled: Type.Boolean(),
  /** What fills the tree. Missing: rsync. Written by the request. */
  source: Type.Optional(Source),
  /** The upstream's host name or IP address; empty for other sources than rsync. Written by the request. */
  rsync_host: Type.String(),
  /** The upstream's port; 873 unless the request says otherwise. */
  rsync_port: Type.Integer(),
  /** The upstream's module, or module/path; empty for other sources than rsync. Written by the request. */
  rsync_module: Type.String(),
  /** The upstream's user name. Null for none, or for `project` when there is a password. Written by the request. */
  rsync_user: Nullable(Type.String()),
  /** The absolute folder, inside DEST_ROOT, that holds the project's folder. Written by the request. */
  dest: Type.String(),
  /**
   * The options of every pull from the upstream. Written by the request, with the settings' defaults filled in; fixed for other
   * sources than rsync, whose trees are copied with them.
   */
  rsync_options: RsyncOptions,
  /**
   * The options of the fan-out. Null or missing: those of `rsync_options` that copy attributes exactly. Written by the
   * request.
   */
  fanout_options: Type.Optional(Nullable(RsyncOptions)),
  /** Null when there is no schedule. Written by add_project and update_project/schedule. */
  cron_options: Nullable(Schedule),
  /**
   * When the schedule fires next. Null when it is turned off, has no further time, or does not exist. Written when the
   * schedule changes, and with each run that it queues.
   */
  next_run_time: Nullable(Timestamp),
  /** The master whose disk holds the project, or `any` when all masters share the disk. Written by the request. */
  node: Type.String(),
  /**
   * The master that runs the project at present. Null in a file store, which has only one master. Written by the
   * request, and by the leader of the masters when it hands the project over.
   */
  lead: Nullable(Type.String()),
  /**
   * Why no master can run the project, as a sentence. Null when one can. Written by the leader of the masters, and
   * cleared by a request with another node.
   */
  stuck: Nullable(Type.String()),
  /** How a sync becomes visible: at once (`in_place`), or whole (`atomic`). Written by the request. */
  publish: Publish,
  /** The share of all slaves, above 0 and up to 1, that an atomic sync waits for. Null for all that can be reached. */
  publish_quorum: Nullable(Type.Number()),
  /** How long an atomic sync waits for a slave, in seconds, if less than SYNC_TIMEOUT_S. Null for that setting. */
  publish_timeout_s: Nullable(Type.Integer()),
  /** The order of a sync. Written by the request. */
  stages: ProjectStages,
  /** The percentage of files that a sync may delete. Null for DELETE_GUARD_PERCENT. Written by the request. */
  delete_guard_percent: Nullable(Type.Integer()),
  /**
   * The exit codes of the source after which what came is published all the same, without deletes; missing in projects of
   * versions before this field. Written by the request.
   */
  tolerated_exit_codes: Type.Optional(Type.Array(TolerableCode)),
  /** What is asked of the upstream before it is scanned. Null or missing: every run scans. Written by the request. */
  probe: Type.Optional(Nullable(ProbeSetting)),
  /**
   * Names at the top of the upstream that say that it is being updated; runs wait for them to go. Null or missing: those of the
   * layout. Written by the request.
   */
  wait_for: Type.Optional(Nullable(WaitFor)),
  /** By how many seconds at most a scheduled run comes later than its fire time. Null or missing: 0. Written by the request. */
  jitter_s: Type.Optional(Nullable(Type.Integer())),
  /**
   * How many seconds after the end of a run the next one is due, in place of a schedule by the clock. Null or missing: never.
   * Written by the request.
   */
  interval_s: Type.Optional(Nullable(Type.Integer())),
  ...limitProperties,
  ...additionProperties,
  ...connectionProperties,
  /** The number of the newest tree on the master; 0 before the first sync. Written when an upstream stage succeeds. */
  generation: Type.Integer(),
  /** Entries in that tree; directories and links count. Null before the first sync. Written with `generation`. */
  total_files: Nullable(Type.Integer()),
  /** Size of that tree in bytes. Null before the first sync. Written with `generation`. */
  total_size: Nullable(Type.Integer()),
  /**
   * From when on clients refuse that tree, by its own roots (Valid-Until of apt). Null or missing when they do not say, or are not
   * read. Written with `generation`.
   */
  valid_until: Type.Optional(Nullable(Timestamp)),
  /**
   * How the last run ended. Null before the first. Written when a run ends, except a dry run, or a run that only brings
   * slaves up to date (it counts when it brings the last one that a partial run had missed).
   */
  last_run: Nullable(LastRun),
  /**
   * When the sync ended whose tree users are served: the last one that reached a slave, at once or by a catch-up; without
   * slaves, the last one that succeeded. Null before.
   */
  last_success_at: Nullable(Timestamp),
  /** When the project was added. Never changes. */
  created_at: Timestamp,
}

const Held = Type.Object({ run: Type.String(), problems: Type.Array(Type.String()) })

/** A project as answers and events show it: without its password and its webhooks, whose addresses may hold secrets. */
export const ProjectView = Type.Object({
  ...shownProperties,
  /** The upstreams after the first one, in the order in which they are tried. Written by the request. */
  upstreams: Type.Array(UpstreamView),
  /** Who is told when there is something new. Written by the request. */
  downstreams: Type.Array(DownstreamView),
  /** True when a password for the upstream is stored. */
  has_password: Type.Boolean(),
  /** True when a key for ssh is stored. */
  has_ssh_key: Type.Boolean(),
  /** True when the project can be synced by POST /hooks/ID. */
  has_trigger_secret: Type.Boolean(),
  /** The generation that the fleet serves of an atomic project. Null before the first, and for in_place. */
  published_generation: Nullable(Type.Integer()),
  /** What kind of repository the tree is. Written by the request. */
  layout: LayoutName,
  /** How many whole trees an atomic project has on each node, with the one that is served. Written by the request. */
  keep_generations: KeepGenerations,
  /**
   * What happens to a generation that is not whole. The default is `hold` for an atomic project with a layout, `warn` for one in
   * place, and `off` without a layout. Written by the request.
   */
  verify: Verify,
  /** The file in KEYRINGS_DIR that the roots' signatures are checked with. Null: they are not. Written by the request. */
  verify_keyring: Nullable(Type.String()),
  /** Whether runs fetch only what the upstream's indices say changed; a walk follows now and then. Written by the request. */
  by_index: Type.Boolean(),
  /** The run that was held last because the upstream was not whole, and why. Null once a later one was published. */
  held: Nullable(Held),
})
export type ProjectView = Static<typeof ProjectView>

const SlaveAnchor = Type.Object({ generation: Type.Integer(), tag: Type.String(), drift: Nullable(Type.Integer()) })
export type SlaveAnchor = Static<typeof SlaveAnchor>

/** A project as it is stored. */
export const StoredProject = Type.Object({
  ...shownProperties,
  /** As shown; missing in projects of versions before these fields. `verify` is missing where the default is meant. */
  layout: Type.Optional(LayoutName),
  verify: Type.Optional(Verify),
  verify_keyring: Type.Optional(Nullable(Type.String())),
  /** As shown. Missing: 2, the one that is served and the one before. */
  keep_generations: Type.Optional(KeepGenerations),
  /** Whether runs fetch only what the upstream's indices say changed. Missing: they walk. Written by the request. */
  by_index: Type.Optional(Type.Boolean()),
  /** As shown. Written when a run ends. */
  held: Type.Optional(Nullable(Held)),
  /** Names the project's files, runs and trees on the slaves. Made when the project is added; never changes. */
  key: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,79}$' }),
  /** As shown, with their passwords, encrypted. Missing in projects of versions before this field. */
  upstreams: Type.Optional(Type.Array(StoredUpstream)),
  /** As shown, with their secrets, encrypted. Missing in projects of versions before this field. */
  downstreams: Type.Optional(Type.Array(StoredDownstream)),
  /**
   * True when its owner got the project from a user who is gone and was no root: its addresses are still those of that user.
   * Written when users are removed, and cleared by a root's change.
   */
  public_only: Type.Optional(Type.Boolean()),
  /** The upstream's password, encrypted; only the upstream stage reads it. Null for none. Written by the request. */
  rsync_password: Nullable(Type.String()),
  /** The key for ssh, encrypted. Null or missing for none. Written by the request. */
  ssh_key: Type.Optional(Nullable(Type.String())),
  /** The secrets of the source by their names, as JSON, encrypted. Null or missing for none. Written by the request. */
  source_secrets: Type.Optional(Nullable(Type.String())),
  /** The key of the signatures that start a sync, encrypted. Null or missing for none. Written by the request. */
  trigger_secret: Type.Optional(Nullable(Type.String())),
  /** The addresses that hear of this project, besides WEBHOOK_URLS. Written by the request. */
  webhooks: Type.Array(Type.String()),
  /**
   * Whom the last run has reached by now: the generation that it was about, the ids of the slaves that do not have it,
   * and whether any slave does (or the fleet has none). Missing for runs of versions before this field. Written with
   * `last_run`, and when a catch-up ends.
   */
  last_reach: Type.Optional(
    Type.Object({ generation: Nullable(Type.Integer()), behind: Type.Array(Type.String()), reached: Type.Boolean() }),
  ),
  /** How many runs were ever queued; the next run gets the next number. Written when a run is queued. */
  runs_made: Type.Integer(),
  /** When the newest run was queued. Null before the first. Written when a run is queued. */
  last_queued_at: Nullable(Timestamp),
  /** The ids of the runs that have not ended. Written when a run is queued, and when it ends. */
  active_runs: Type.Array(Type.String()),
  /**
   * True when the schedule fired during a run: the project runs once more after it. Cleared when that run is queued,
   * when the schedule changes, and when it is turned off.
   */
  due_again: Type.Boolean(),
  /**
   * The random tag of `generation`, which no other generation has. Null before the first sync, and after a change to
   * in_place that dropped a generation never published. Written with `generation`.
   */
  tag: Nullable(Type.String()),
  /**
   * The upstream that `generation` came from, as people read it. Missing for generations of versions before this field.
   * Written with `generation`. The next run from the same upstream compares times to the nanosecond.
   */
  pulled_from: Type.Optional(Type.String()),
  /**
   * What the probe read before the scan that made `generation`. Null or missing when it read nothing: the next run scans.
   * Written with `generation`.
   */
  probed: Type.Optional(Nullable(Probed)),
  /**
   * What each slave serves, by the slave's id: the generation, its tag, and the drift that the last full comparison
   * found (null when there was none). A slave that serves nothing whole has no entry. Written when a slave reports
   * success, when it has published, and when its health check shows that its trees have changed.
   */
  anchors: Type.Record(Type.String(), SlaveAnchor),
  /**
   * What the fleet is to serve of an atomic project; `sequence` counts the decisions, rollbacks too. Null before the
   * first, and for in_place. Written by the publish stage before it tells anybody, and when `publish` changes.
   */
  published: Nullable(Type.Object({ generation: Type.Integer(), tag: Type.String(), sequence: Type.Integer() })),
})
export type StoredProject = Static<typeof StoredProject>
