// The order of the test files: the longest first, so that the last worker to end is not the one that began late.

import path from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds that the long files take, about; a file that is not named is short. `npm test` ends with the ten slowest. */
const EXPECTED_S: Readonly<Record<string, number>> = {
  'test/bench/ratios.test.ts': 165,
  'test/trees/by-index.test.ts': 130,
  'test/cli/cli.test.ts': 110,
  'test/trees/verify.test.ts': 105,
  'test/faults/publish-killed.test.ts': 100,
  'test/e2e/restored.test.ts': 100,
  'test/package/package.test.ts': 100,
  'test/sources/git.test.ts': 75,
  'test/sources/rclone/remotes.test.ts': 70,
  'test/browser/look.test.ts': 65,
  'test/cluster/faults.test.ts': 60,
  'test/browser/dashboard.test.ts': 55,
  'test/sources/rclone/faults.test.ts': 55,
  'test/docs/docs.test.ts': 50,
  'test/cluster/cut-off.test.ts': 50,
  'test/e2e/probe.test.ts': 50,
  'test/e2e/places.test.ts': 40,
  'test/e2e/publish.test.ts': 40,
  'test/faults/master-killed.test.ts': 40,
  'test/security/login.test.ts': 35,
  'test/master/cluster/runs.test.ts': 35,
  'test/e2e/anchors.test.ts': 35,
  'test/trees/atomic.test.ts': 35,
  'test/master/stages/verify/judge.test.ts': 35,
  'test/master/routes/auth.test.ts': 35,
  'test/trees/random-edits.test.ts': 35,
  'test/cluster/masters.test.ts': 30,
  'test/master/routes/route-table.test.ts': 30,
  'test/master/routes/projects.test.ts': 30,
  'test/trees/incomplete.test.ts': 30,
  'test/cluster/migrate.test.ts': 25,
  'test/master/routes/tokens.test.ts': 25,
  'test/cluster/restored.test.ts': 25,
  'test/faults/disk-full.test.ts': 25,
  'test/e2e/lost-tree.test.ts': 25,
  'test/faults/slave-killed.test.ts': 25,
  'test/trees/in-place.test.ts': 25,
  'test/master/solo/runs.test.ts': 20,
  'test/cluster/names.test.ts': 20,
  'test/security/foreign-trees.test.ts': 20,
  'test/sources/folder.test.ts': 20,
  'test/faults/many-due.test.ts': 20,
  'test/e2e/watching.test.ts': 15,
  'test/faults/dripping-upstream.test.ts': 15,
  'test/browser/sessions.test.ts': 15,
  'test/master/schedule/fire-times.test.ts': 15,
  'test/faults/upstream-unwell.test.ts': 15,
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const expected = ({ moduleId }: TestSpecification) => EXPECTED_S[path.relative(this.ctx.config.root, moduleId)] ?? 0
    return (await super.sort(files)).sort((a, b) => expected(b) - expected(a))
  }
}
