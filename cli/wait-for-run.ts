// Follows a run to its end: with a bar for the master and each slave on a terminal, with plain lines elsewhere.

import { setTimeout as sleep } from 'node:timers/promises'
import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Api } from '../shared/api/client.ts'
import type { Run } from '../shared/schemas/run.ts'
import { hasEnded } from '../shared/schemas/run-state.ts'
import { showProgress, showState, showWait } from '../shared/words.ts'
import type { Context } from './context.ts'
import { EXIT_ON_SIGINT } from './exit.ts'

const ASK_MS = 300

/** Shows a run while it is active. */
interface View {
  show: (run: Run) => void
  stop: () => void
}

/** Resolves with the run once it has ended. */
export async function waitForRun(api: Api, context: Context, id: string): Promise<Run> {
  const view = chooseView(context)
  const leave = (): void => {
    view.stop()
    process.stderr.write(
      `\nThe run goes on. To stop it, run \`mirrorfleet stop ${id}\`; to see it, \`mirrorfleet log -f ${id}\`.\n`,
    )
    process.exit(EXIT_ON_SIGINT)
  }
  process.once('SIGINT', leave)
  try {
    for (;;) {
      const run = await api.get('/get_run', { query: { run: id } })
      view.show(run)
      if (hasEnded(run.state)) return run
      await sleep(ASK_MS)
    }
  } finally {
    process.off('SIGINT', leave)
    view.stop()
  }
}

function chooseView({ options, say }: Context): View {
  if (options.quiet || options.json) return { show: () => {}, stop: () => {} }
  return process.stderr.isTTY ? createBars() : createLines(say)
}

/** Prints a line whenever a state changes. */
function createLines(say: (text: string) => void): View {
  const told = new Map<string, string>()
  const tell = (who: string, state: string, words: string = showState(state)): void => {
    if (told.get(who) === state || state === 'pending') return
    told.set(who, state)
    say(`${who}: ${words}`)
  }
  return {
    show: (run) => {
      // Once for each wait, not for each second of it.
      const wait = showWait(run)
      if (wait === null) tell('master', run.upstream.state)
      else tell('master', `waiting for attempt ${run.attempt + 1}`, wait)
      for (const slave of run.slaves) tell(slave.slave_id, slave.state)
    },
    stop: () => {},
  }
}

function createBars(): View {
  const bars = new MultiBar(
    {
      format: '{name} {bar} {percentage}% {detail}',
      hideCursor: true,
      clearOnComplete: false,
      stream: process.stderr,
      barsize: 24,
    },
    Presets.shades_classic,
  )
  const known = new Map<string, SingleBar>()
  const show = (name: string, part: Run['upstream'] | Run['slaves'][number], detail: string = detailOf(part)): void => {
    const isDone = part.state === 'succeeded' || part.state === 'prepared'
    const bar = known.get(name) ?? bars.create(100, 0, { name: name.padEnd(24), detail: '' })
    known.set(name, bar)
    bar.update(isDone ? 100 : Math.floor(part.progress?.percent ?? 0), { detail })
  }
  return {
    show: (run) => {
      // A dry run only counts: a bar would show work that is not done.
      if (run.dry_run) return
      if (run.upstream.state !== 'skipped') show('master', run.upstream, showWait(run) ?? undefined)
      for (const slave of run.slaves) show(slave.slave_id, slave)
    },
    stop: () => bars.stop(),
  }
}

function detailOf({ state, progress }: Run['upstream'] | Run['slaves'][number]): string {
  return state === 'syncing' && progress !== null ? showProgress(progress) : showState(state)
}
