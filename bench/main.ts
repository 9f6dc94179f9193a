// Runs the benchmarks: `npm run bench` for all, `npm run bench -- NAME …` for some. Each file answers one question.

import { benchApi } from './api.ts'
import { benchControlPlane } from './control-plane.ts'
import { benchFanOut } from './fanout.ts'
import { benchFireTimes } from './fire-times.ts'
import { benchFlips } from './flips.ts'
import { benchItemizedLines } from './itemized-lines.ts'
import { Report, writePage } from './report.ts'
import { benchRunOverhead } from './run-overhead.ts'
import { benchScheduler } from './scheduler.ts'
import { benchSimulate } from './simulate.ts'
import { benchStore } from './store.ts'
import { benchTiers } from './tiers.ts'
import { benchWhole } from './whole.ts'

type Bench = [question: string, bench: (report: Report) => Promise<void>]

const BENCHES: Readonly<Record<string, Bench>> = {
  api: ['How many requests per second does the API answer?', benchApi],
  'fire-times': ['How long do the 600 recorded schedules take, with five fire times each?', benchFireTimes],
  scheduler: ['What do many scheduled projects cost, idle and when 1,000 fall due together?', benchScheduler],
  store: ['How long does adding a project take, and a restart?', benchStore],
  'run-overhead': ['How much longer does a run take than a bare rsync?', benchRunOverhead],
  'itemized-lines': ['Does memory stay flat over a million itemized lines?', benchItemizedLines],
  fanout: ["What does a slave's part of a run cost against a plain rsync?", benchFanOut],
  tiers: ['How much do tiers gain when the uplink is the bottleneck?', benchTiers],
  flips: ['How far apart do slaves publish?', benchFlips],
  simulate: ['What would 1,000 slaves on five continents do?', benchSimulate],
  whole: ['How many broken repositories does a mirror publish while its upstream is rebuilt in place?', benchWhole],
  'control-plane': ['What does one run cost the master with 10, 100 and 1,000 slaves?', benchControlPlane],
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in BENCHES))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}; use one of ${Object.keys(BENCHES).join(', ')}.\n`)
  process.exit(2)
}
for (const [name, [question, bench]] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stdout.write(`\n${name}: ${question}\n`)
  const report = new Report(name, question)
  await bench(report)
  report.save()
  writePage(Object.keys(BENCHES))
}
