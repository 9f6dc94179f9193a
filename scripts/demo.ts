// The demo: a real upstream, a master and two slaves; two syncs with changes in between. Exits with 0 only when all trees are equal.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Table from 'cli-table3'
import type { Run, Summary } from '../shared/schemas/run.ts'
import { type Fleet, SAMPLE_LOGIN, startFleet } from './sample/fleet.ts'
import { changeSampleTree, compareTrees, makeSampleTree } from './sample/trees.ts'
import { startUpstream, type Upstream } from './sample/upstream.ts'

const PROJECT = 'fedora'
const PASSWORD = 'testpassword'

/** The payload of the README, except for the address of the upstream and the folder. */
const payload = (upstream: Upstream, fleet: Fleet) => ({
  project: PROJECT,
  rsync_module: upstream.module,
  rsync_host: '127.0.0.1',
  rsync_port: upstream.port,
  dest: fleet.destRoot,
  rsync_password: PASSWORD,
  cron_options: { minute: '*', start_date: 'tomorrow' },
  rsync_options: { basic: [], defaults: ['-avH'], delete: '--delete' },
})

async function main(): Promise<number> {
  const root = await mkdtemp(path.join(tmpdir(), 'mirrorfleet-demo-'))
  const keep = process.argv.includes('--keep')
  const stops: (() => Promise<unknown>)[] = [() => rm(root, { recursive: true, force: true })]
  const stopAll = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop()
  }
  if (!keep)
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => void stopAll().then(() => process.exit(130)))
  try {
    say('Starting a sample upstream (rsync --daemon), a master and two slaves …')
    const upstream = await startUpstream({ root: path.join(root, 'upstream'), user: PROJECT, password: PASSWORD })
    stops.push(upstream.stop)
    await makeSampleTree(upstream.folder)
    const fleet = await startFleet({ root, slaves: 2 })
    stops.push(fleet.stop)

    await fleet.api.ask('/add_project/', payload(upstream, fleet))
    say(`Added the project ${PROJECT}. First sync …`)
    const first = await fleet.api.sync(PROJECT)
    await changeSampleTree(upstream.folder)
    say('Changed the upstream: files added, modified and deleted. Second sync …')
    const second = await fleet.api.sync(PROJECT)

    process.stdout.write(`${table([first, second])}\n`)
    const equal = report(upstream, fleet)
    say(keep ? showWithFleet(fleet) : NEXT)
    if (keep) await waitForInterrupt()
    return equal && first.state === 'succeeded' && second.state === 'succeeded' ? 0 : 1
  } finally {
    await stopAll()
  }
}

function table(runs: readonly Run[]): string {
  const rows = new Table({
    head: ['Project', 'Run', 'Where', 'State', 'Added', 'Modified', 'Deleted'],
    style: { head: [], border: [] },
  })
  for (const run of runs) {
    rows.push([run.id, run.run, 'master', run.state, ...counts(run.upstream.summary)])
    for (const slave of run.slaves) rows.push(['', '', slave.slave_id, slave.state, ...counts(slave.summary)])
  }
  return rows.toString()
}

function counts(summary: Summary | null): (number | string)[] {
  return summary === null ? ['-', '-', '-'] : [summary.added, summary.modified, summary.deleted]
}

function report(upstream: Upstream, fleet: Fleet): boolean {
  const copies = [
    { name: 'master', folder: path.join(fleet.destRoot, PROJECT) },
    ...fleet.slaves.map((slave) => ({ name: slave.id, folder: path.join(slave.publicFolder, PROJECT) })),
  ]
  const differences = copies.map(({ name, folder }) => ({ name, text: compareTrees(upstream.folder, folder) }))
  for (const { name, text } of differences)
    say(text === '' ? `${name}: equal to the upstream` : `${name}: differs\n${text}`)
  return differences.every(({ text }) => text === '')
}

const NEXT = `
Three things to try next:
  npm run demo -- --keep           keep such a fleet running, and look at its dashboard
  npm run master                   start a master of your own; "npm run slave" in another terminal starts a slave
  npm run --silent cli -- --help   see what the command line can do`

/** Commands for the fleet that keeps running. */
function showWithFleet({ api }: Fleet): string {
  const { username, password } = SAMPLE_LOGIN
  const cli = `MIRRORFLEET_URL=${api.url} MIRRORFLEET_USER=${username} MIRRORFLEET_PASSWORD=${password} npm run --silent cli --`
  return `
The fleet keeps running at ${api.url} (user ${username}, password ${password}). Press Ctrl-C to stop it.
Three commands to try in another terminal:
  ${cli} status
  ${cli} sync ${PROJECT} --wait
  ${cli} log ${PROJECT}`
}

async function waitForInterrupt(): Promise<void> {
  const forever = setInterval(() => {}, 60_000)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  clearInterval(forever)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

process.exitCode = await main()
