import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { type FleetProject, readFleet, sourceIn, sourceShown, sourceToFile, writeFleet } from '../../cli/fleet-file.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const read = (project: Partial<FleetProject>) => {
  const file = path.join(temporaryFolder(), 'fleet.yaml')
  writeFileSync(file, writeFleet({ projects: [{ project: 'debian', ...project }] }))
  return readFleet(file)
}

it('a fleet file is refused when a project has both an interval and a schedule, which would change places for ever', () => {
  expect(() => read({ interval_s: 3600, schedule: { hour: 6 } })).toThrow(
    /project debian: interval_s and schedule exclude each other; leave one out/,
  )
})

it.each<Partial<FleetProject>>([
  { interval_s: 3600, schedule: null },
  { interval_s: 3600, schedule: {} },
  { interval_s: null, schedule: { hour: 6 } },
])('a fleet file is read with one of the two: %j', (project) => {
  expect(read(project).projects).toEqual([{ project: 'debian', ...project }])
})

it('a fleet file has the names of variables for the secrets of a source, whatever its kind', () => {
  const source = {
    kind: 'rclone',
    remote: { type: 'ftp', host: 'ftp.example.org' },
    secrets: { pass: null },
  } as const
  const written = sourceToFile(source, (name) => ({ env: `P_${name}` }))
  expect(written).toEqual({ ...source, secrets: { pass: { env: 'P_PASS' } } })
  const [project] = read({ source: written }).projects ?? []
  expect(sourceIn(project?.source ?? { kind: 'none' }, { P_PASS: 'word' }, 'p')).toEqual({
    ...source,
    secrets: { pass: 'word' },
  })
  expect(sourceShown(written)).toEqual(source)
  const wrong = Object.assign({ ...source }, { remote: { type: 'local' } })
  expect(() => sourceIn(wrong, {}, 'p')).toThrow('source.remote')
})
