// The monitoring files name only metrics that there are, and Prometheus' own checker takes the rules where it is installed.

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { startTestMaster } from '../helpers/master.ts'

const RULES = 'deploy/monitoring/mirrorfleet.rules.yml'
const hasPromtool = spawnSync('promtool', ['--version']).status === 0

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[] }[]
}

const metricNames = async (): Promise<Set<string>> => {
  const { ask } = await startTestMaster()
  const text: string = (await ask('/metrics')).body
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
}
const namesIn = (expression: string) =>
  [...expression.matchAll(/\b(mirrorfleet|nodejs)_\w+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, ''))

describe('the monitoring files', () => {
  it('ask for metrics that there are', async () => {
    const known = await metricNames()
    const rules: Rules = parse(readFileSync(RULES, 'utf8'))
    const dashboard = JSON.parse(readFileSync('deploy/monitoring/grafana-dashboard.json', 'utf8'))
    const expressions = [
      ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
      ...dashboard.panels.flatMap((panel: { targets: { expr: string }[] }) => panel.targets.map(({ expr }) => expr)),
    ]
    expect(expressions.length).toBeGreaterThan(12)
    for (const name of expressions.flatMap(namesIn)) expect(known, name).toContain(name)
    for (const { alert, annotations } of rules.groups.flatMap((group) => group.rules)) {
      expect(annotations.summary, alert).toBeTruthy()
      expect(annotations.description, alert).toBeTruthy()
    }
  })

  it.runIf(hasPromtool)('are taken by promtool', () => {
    expect(execFileSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' })).toContain('SUCCESS')
  })
})
