// The mirrors of a tunasync worker that a command fills.

import { describe, expect, it } from 'vitest'
import { readTunasync } from '../../../cli/import/tunasync.ts'
import { importText } from './read.ts'

const importTunasync = (text: string, files: Record<string, string> = {}) => importText(readTunasync, text, { files })

const read = (mirror: string, global = '', files: Record<string, string> = {}) =>
  importTunasync(`[global]\n${global}\n[[mirrors]]\nname = "m"\n${mirror}`, files)

describe("a tunasync worker's mirrors that a command fills", () => {
  const command = (more: string) => read(`provider = "command"\nupstream = "https://pypi.example.org/"\n${more}`)

  it('run the same script, by way of the ready-made command', () => {
    const { project, told } = command(
      'command = "/scripts/pypi.sh --all \'a b\'"\ndocker_image = "x:latest"\n[mirrors.env]\nINIT = "0"\nAPI_TOKEN = "hidden"\nPATH = "/x"',
    )
    expect(project?.source).toEqual({
      kind: 'command',
      command: 'tunasync',
      args: ['pypi.sh', '--all', 'a b'],
      env: { INIT: '0' },
      secrets: { API_TOKEN: { env: 'MIRRORFLEET_M_API_TOKEN' } },
      upstream: 'https://pypi.example.org/',
    })
    expect(project).not.toHaveProperty('rsync_options')
    expect(told).toEqual([
      expect.stringMatching(
        /^m: command = .*: put \/scripts\/pypi\.sh and deploy\/commands\/tunasync into COMMANDS_DIR/,
      ),
      expect.stringMatching(/^m: env API_TOKEN: the variable MIRRORFLEET_M_API_TOKEN/),
      expect.stringMatching(/^m: env PATH: a command cannot/),
      expect.stringMatching(/^m: docker_image = x:latest: commands run in a sandbox/),
    ])
    expect(JSON.stringify([project, told])).not.toContain('hidden')
  })

  it('say after which exit codes a part may be missing, and never the log-in of an address', () => {
    expect(command('command = "x"\nsuccess_exit_codes = [3]').project?.source).toMatchObject({
      exit_codes: { tolerate: [3] },
    })
    const all = read(
      'provider = "command"\ncommand = "x"\nuse_ipv6 = true\nuse_ipv4 = false\npassword = "hidden"',
      'dangerous_global_success_exit_codes = [3, 4]',
    )
    expect(all.project?.source).toMatchObject({ exit_codes: { tolerate: [3, 4] } })
    expect(all.told.slice(1).map((line) => line.split(': ').slice(1, 3))).toEqual([
      ['use_ipv6', 'a command takes nothing from it'],
      ['password', 'a command takes nothing from it'],
    ])
    const secret = read('provider = "command"\nupstream = "https://u:hidden@h/"\ncommand = "x"')
    expect(secret.project?.source).not.toHaveProperty('upstream')
    expect(JSON.stringify(secret)).not.toContain('hidden')
  })

  it('are git repositories where the script is that of git', () => {
    const git = 'provider = "command"\nupstream = "https://git.example.org/x.git"\ncommand = "/home/scripts/git.sh"'
    expect(read(git)).toMatchObject({
      project: { source: { kind: 'git', url: 'https://git.example.org/x.git' } },
      told: [expect.stringMatching(/the master's own git/)],
    })
  })

  it.each(['', 'command = ""', 'command = "/scripts/ä b"'])(
    'are left without a command that can be named: %j',
    (more) => {
      expect(command(more)).toMatchObject({ project: undefined, told: [expect.stringMatching(/^m \(its? /)] })
    },
  )
})
