// Reads a mirror.list of apt-mirror, which the ready-made command of the same name goes on using. Pure.

import type { Reader, Remark } from './plan.ts'
import { hideSecrets } from './shell.ts'

const PATHS = ['base_path', 'mirror_path', 'skel_path', 'var_path', 'cleanscript']
const HOOKS = ['run_postmirror', 'postmirror_script']
const STAYS = 'it stays in mirror.list, which goes to COMMANDS_DIR'

export const readAptMirror: Reader = (text) => {
  const variables = new Map<string, string>()
  const remarks: Remark[] = []
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const [word = '', name = '', value = ''] = line.split(/\s+/)
    if (word === 'set') variables.set(name, value)
    if (word === 'set') remarks.push(remarkOnSetting(name, value))
    else if (/^(deb(-[\w-]+)?|clean|skip-clean|mirror_path|ignore_errors|include_.*|exclude_.*)$/.test(word))
      remarks.push({ what: hideSecrets(line), result: 'changed', why: STAYS })
    else throw new Error(`the line "${hideSecrets(line)}" is not one of a mirror.list`)
  }
  if (!remarks.some(({ what }) => what.startsWith('deb'))) throw new Error('it names no repository')
  const folder = expand(variables.get('mirror_path') ?? '$base_path/mirror', variables)
  const own: Remark[] = [
    {
      what: 'mirror.list',
      result: 'changed',
      why: 'copy it and deploy/commands/apt-mirror to COMMANDS_DIR; root applies the file',
    },
    {
      what: 'tree',
      result: 'changed',
      why: 'a command fills a tree of its own, anew at its first run; what is served is one more copy',
    },
    { what: 'schedule', result: 'left', why: 'mirror.list says no times: set a schedule' },
  ]
  const project = {
    name: 'apt-mirror',
    from: 'mirror.list',
    folder,
    fields: { source: { kind: 'command', command: 'apt-mirror', args: ['mirror.list'] } },
  }
  return { found: [{ called: 'mirror.list', project, remarks: [...own, ...remarks] }], remarks: [] }
}

function remarkOnSetting(name: string, value: string): Remark {
  const what = `set ${name}`
  if (PATHS.includes(name))
    return { what: `${what} ${value}`, result: 'changed', why: 'the command has folders of its own' }
  if (HOOKS.includes(name)) return { what, result: 'left', why: 'webhooks tell other programs of a run' }
  if (/pass/i.test(name))
    return { what, result: 'changed', why: `${STAYS}; nobody but its owner and the master should read it` }
  return { what: `${what} ${value}`, result: 'changed', why: STAYS }
}

/** A path may name others that are set. */
function expand(text: string, variables: ReadonlyMap<string, string>): string {
  const base = variables.get('base_path') ?? '/var/spool/apt-mirror'
  return text.replace(/\$(\w+)/g, (whole, name: string) =>
    name === 'base_path' ? base : (variables.get(name) ?? whole),
  )
}
