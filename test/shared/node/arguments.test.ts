// What the words behind a service's name ask for, and which variables look like settings and are none.

import { describe, expect, it } from 'vitest'
import { SettingsSchema } from '../../../settings.ts'
import { readArguments } from '../../../shared/node/arguments.ts'
import { describeUnknown } from '../../../shared/node/unknown-settings.ts'

const reset = { name: 'reset-password', parameters: ['USER'], description: 'x', run: async () => '' }
const PROGRAM = { name: 'mirrorfleet-master', description: 'pulls', commands: [reset] }
const read = (...words: string[]) => readArguments(PROGRAM, words, '1.2.3')

describe("a service's arguments", () => {
  it('serve only when there are none', () => {
    expect(read()).toEqual({ kind: 'serve' })
    expect(read('--version')).toEqual({ kind: 'print', text: '1.2.3' })
    expect(read('-V')).toEqual({ kind: 'print', text: '1.2.3' })
    for (const word of ['--help', '-h']) expect(read(word)).toMatchObject({ kind: 'print' })
    expect(read('reset-password', '--help')).toMatchObject({
      kind: 'print',
      text: expect.stringContaining('reset-password USER'),
    })
    expect(read('reset-password', 'root')).toEqual({ kind: 'command', command: reset, values: ['root'] })
  })

  it.each([
    [['--verison'], 'There is no option --verison. Did you mean "version"?'],
    [['-x'], 'There is no option -x.'],
    [['--port=5000'], 'There is no option --port.'],
    [['reset-pasword', 'root'], 'There is no command "reset-pasword". Did you mean "reset-password"?'],
    [['start'], 'There is no command "start".'],
    [['reset-password'], '"reset-password" takes USER.'],
    [['reset-password', 'root', 'secret'], '"reset-password" takes USER.'],
  ])('%j are refused', (words, reason) => {
    expect(read(...words)).toEqual({
      kind: 'refuse',
      text: `mirrorfleet-master: ${reason} Run "mirrorfleet-master --help".`,
    })
  })
})

describe('a variable that looks like a setting', () => {
  const unknown = (...names: string[]) => describeUnknown(names, Object.keys(SettingsSchema.properties))

  it('is told with the one that was meant', () => {
    expect(unknown('MASTER_PROT')).toEqual([
      'MASTER_PROT is not a setting, and has no effect. Did you mean MASTER_PORT?',
    ])
    expect(unknown('RETRY_LIMITS')[0]).toContain('Did you mean RETRY_LIMIT?')
    expect(unknown('SLAVE_COLOUR_OF_THE_DOOR')[0]).toContain('docs/settings.md')
  })

  it('is not one of ours, of another program, or a shell', () => {
    const names = ['MASTER_PORT', 'MIRRORFLEET_URL', 'PATH', 'HOME', 'LANG', 'RSYNC_PASSWORD', 'http_proxy', 'NODE_ENV']
    expect(unknown(...names)).toEqual([])
  })
})
