// The order of the test files: the longest first, so that the last worker to end is not the one that began late.

import path from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds that the long files take, about; a file that is not named is short. `npm test` ends with the ten slowest. */
const EXPECTED_S: Readonly<Record<string, number>> = {
  'test/faults/publish-killed.test.ts': 90,
  'test/bench/ratios.test.ts': 90,
  'test/browser/dashboard.test.ts': 75,
  'test/cluster/faults.test.ts': 75,
  'test/cluster/cut-off.test.ts': 75,
  'test/e2e/publish.test.ts': 45,
  'test/faults/slave-killed.test.ts': 45,
  'test/faults/master-killed.test.ts': 45,
  'test/e2e/anchors.test.ts': 45,
  'test/cluster/masters.test.ts': 45,
  'test/faults/many-due.test.ts': 40,
  'test/trees/random-edits.test.ts': 40,
  'test/cli/cli.test.ts': 40,
  'test/docs/docs.test.ts': 40,
  'test/package/package.test.ts': 40,
  'test/e2e/nodes.test.ts': 40,
  'test/e2e/watching.test.ts': 35,
  'test/faults/upstream-unwell.test.ts': 30,
  'test/faults/disk-full.test.ts': 30,
  'test/cluster/migrate.test.ts': 30,
  'test/security/login.test.ts': 25,
  'test/e2e/tiers.test.ts': 25,
  'test/e2e/unwell-slaves.test.ts': 25,
  'test/e2e/recorded.test.ts': 20,
  'test/master/cluster/job-queue.test.ts': 20,
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const expected = ({ moduleId }: TestSpecification) => EXPECTED_S[path.relative(this.ctx.config.root, moduleId)] ?? 0
    return (await super.sort(files)).sort((a, b) => expected(b) - expected(a))
  }
}
