// Runs the benchmarks: `npm run bench` for all, `npm run bench -- NAME …` for some. One file answers one question.

import { benchAddProject } from './add-project.ts'
import { benchFanOut } from './fanout.ts'
import { benchFireTimes } from './fire-times.ts'
import { benchFlips } from './flips.ts'
import { benchListProjects } from './list-projects.ts'
import { benchRunOverhead } from './run-overhead.ts'

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  'fire-times': benchFireTimes,
  'list-projects': benchListProjects,
  'add-project': benchAddProject,
  'run-overhead': benchRunOverhead,
  fanout: async () => {
    await benchFanOut()
    await benchFlips()
  },
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in BENCHES))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.\n`)
  process.exit(2)
}
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stdout.write(`\n${name}\n`)
  await bench()
}
