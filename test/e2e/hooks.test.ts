// Commands around the runs of a project on a real master: one that refuses, and those that are told how a run ended.

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/folder.ts'
import { useSample } from '../helpers/sample.ts'

const folder = temporaryFolder(true)
const commands = path.join(folder, 'commands')
const told = path.join(folder, 'told')
mkdirSync(commands)
mkdirSync(told)
const command = (name: string, script: string) => {
  const file = path.join(commands, name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}
const sample = useSample({ slaves: 1, settings: { COMMANDS_DIR: commands, RETRY_LIMIT: '0' } })
const readTold = (name: string) => readFileSync(path.join(told, name), 'utf8')

// Its own user must not be able to change a command.
describe.runIf(process.getuid?.() === 0)('the commands of a project', () => {
  beforeAll(() => {
    command('gate', `[ ! -e ${told}/closed ] || { echo 'the line is down' >&2; exit 3; }`)
    for (const time of ['after', 'published', 'failed'])
      command(
        time,
        `cat > ${told}/${time}.new && echo "$MIRRORFLEET_PROJECT" >> ${told}/${time}.count && mv ${told}/${time}.new ${told}/${time}`,
      )
  })

  it.each(['in_place', 'atomic'] as const)('run when it is published %s', async (publish) => {
    const { api } = sample.fleet
    const id = `hooked-${publish}`
    const hooks = { before: 'gate', after: 'after', published: 'published', failed: 'failed' }
    await api.ask('/add_project/', sample.payload(id, { publish, hooks }))
    const first = await api.sync(id)
    await expect.poll(() => existsSync(path.join(told, 'after')) && JSON.parse(readTold('after')).run).toBe(first.run)
    expect(JSON.parse(readTold('published'))).toMatchObject({ id, state: 'succeeded', run: first.run })

    const countOf = (time: string) =>
      existsSync(path.join(told, `${time}.count`))
        ? readTold(`${time}.count`)
            .split('\n')
            .filter((line) => line === id).length
        : 0
    // Nothing is new. An atomic project publishes a generation all the same, which the fleet decides on as on any.
    const second = await api.sync(id)
    await expect.poll(() => JSON.parse(readTold('after')).run).toBe(second.run)
    expect([countOf('after'), countOf('published'), countOf('failed')]).toEqual([2, publish === 'atomic' ? 2 : 1, 0])

    writeFileSync(path.join(told, 'closed'), '')
    const refused = await api.sync(id)
    expect(refused).toMatchObject({
      state: 'blocked',
      error: { code: 'HOOK_REFUSED', message: 'gate ended with code 3: the line is down' },
      upstream: { state: 'blocked', summary: null },
    })
    expect(await api.ask(`/run_log/?run=${refused.run}`)).toContain('the line is down')
    await expect.poll(() => countOf('failed')).toBe(1)
    // A dry run asks nobody.
    expect((await api.sync(id, '&dry_run=true')).state).toBe('succeeded')
    rmSync(path.join(told, 'closed'))
    expect((await api.sync(id)).state).toBe('succeeded')
  })

  it('are named by root alone', async () => {
    const { api } = sample.fleet
    await api.ask('/create_api_user/', { username: 'anna', password: 'annas long password' })
    const url = `${api.url}/add_project/`
    const ask = (hooks: object, login = 'anna:annas long password') =>
      fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(login).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ ...sample.payload('hers'), hooks }),
      })
    const answer = await ask({ after: 'after' })
    expect([answer.status, (await answer.json()).error.field]).toEqual([403, 'hooks'])
    await expect(api.ask('/add_project/', sample.payload('none', { hooks: { after: 'nothing' } }))).rejects.toThrow(
      /there is no/,
    )
  })
})
