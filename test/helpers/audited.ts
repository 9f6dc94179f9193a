// A master with a clock that the test sets, whose audit list is read.

import { temporaryFolder } from './folder.ts'
import { startTestMaster } from './master.ts'

export type MakeEnv = () => Promise<Record<string, string>>

/** `makeEnv` makes the settings of a master with a store of its own. Each look at the clock is a millisecond later. */
export async function startAudited(makeEnv: MakeEnv) {
  const env = { DATA_DIR: temporaryFolder(), COMMANDS_DIR: '/usr/bin', ...(await makeEnv()) }
  let time = Date.parse('2026-01-01T00:00:00Z')
  const master = await startTestMaster(env, () => time++)
  return {
    ...master,
    env,
    list: async (query = '') => (await master.ask(`/audit/${query}`)).body,
    later: (ms: number) => {
      time += ms
    },
  }
}
