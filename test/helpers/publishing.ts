// A fleet whose atomic projects the tests publish, and what its nodes serve.

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { SampleSlave } from '../../scripts/sample/fleet.ts'
import { type Sample, useSample } from './sample.ts'

/** Two slaves; started before the file's tests and stopped after. */
export function usePublishing(settings: Record<string, string> = {}) {
  const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1', ...settings } })
  return { sample, ...served(sample) }
}

function served(sample: Sample) {
  const slaveAt = (index: number): SampleSlave => {
    const slave = sample.fleet.slaves[index]
    if (slave === undefined) throw new Error('no such slave')
    return slave
  }
  const servedBy = (slave: SampleSlave, project: string) => path.join(slave.publicFolder, project)
  const onMaster = (project: string) => path.join(sample.fleet.destRoot, project)
  const upstreamFile = (name: string) => path.join(sample.upstream.folder, name)
  return {
    slaveAt,
    servedBy,
    onMaster,
    upstreamFile,
    allServed: (project: string) => [onMaster(project), ...sample.fleet.slaves.map((one) => servedBy(one, project))],
    newsOf: (tree: string): string => readFileSync(path.join(tree, 'news'), 'utf8'),
    add: (project: string, more: object) =>
      sample.fleet.api.ask('/add_project/', sample.payload(project, { publish: 'atomic', ...more })),
    projectOf: async (project: string) => (await sample.fleet.api.ask(`/list_projects/?id=${project}`))[0],
    health: (slave: SampleSlave, project: string) => fetch(`http://127.0.0.1:${slave.port}/healthz?project=${project}`),
    /** A new generation of one file, published. */
    publishNews: async (project: string, text: string) => {
      writeFileSync(upstreamFile('news'), text)
      return sample.fleet.api.sync(project)
    },
  }
}
