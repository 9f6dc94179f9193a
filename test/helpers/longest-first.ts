// The order of the test files: the longest first, so that the last worker to end is not the one that began late.

import path from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds that the long files take, about; a file that is not named is short. `npm test` ends with the ten slowest. */
const EXPECTED_S: Readonly<Record<string, number>> = {
  'test/cluster/faults.test.ts': 150,
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const expected = ({ moduleId }: TestSpecification) => EXPECTED_S[path.relative(this.ctx.config.root, moduleId)] ?? 0
    return (await super.sort(files)).sort((a, b) => expected(b) - expected(a))
  }
}
