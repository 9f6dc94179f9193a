// Reads a mirror that tunasync fills by a script: as a repository of git, or as a command of the master. Pure.

import type { FoundProject, Remark } from './plan.ts'
import { hideSecrets, readShell } from './shell.ts'
import { isTable, type Table, textsIn } from './toml-values.ts'

/** The ready-made command that gives a script the variables of tunasync. */
const ADAPTER = 'tunasync'
const ADDRESS = /^(?:https?|git):\/\/(?![^/]*@)[^\s/]+\/\S+$/
const SECRET = /pass|secret|token|key/i
/** The master keeps these for itself. */
const OURS = /^(MIRRORFLEET_|LD_|PATH$|HOME$)/

/** @throws {Error} with the reason why it cannot be a project. */
export function readTunasyncCommand(
  mirror: Table,
  global: Table,
  remarks: Remark[],
): Pick<FoundProject, 'from' | 'fields'> {
  const upstream = hideSecrets(String(mirror.upstream ?? ''))
  const text = String(mirror.command ?? '')
  const [command] = readShell(text)
  const words = command?.words.map((word) => word.text) ?? []
  const [script, ...args] = words
  const name = script?.split('/').at(-1) ?? ''
  if (script === undefined || name === '') throw new Error('it has no command')
  if (/^git(\.sh)?$/.test(name) && args.length === 0 && ADDRESS.test(upstream) && !isTable(mirror.env)) {
    remarks.push({
      what: `command = ${text}`,
      result: 'changed',
      why: "the master's own git fetches the repository, anew",
    })
    return { from: upstream, fields: { source: { kind: 'git', url: upstream } } }
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(name))
    throw new Error(`its command ${name} has a name that COMMANDS_DIR cannot have`)
  remarks.push({
    what: `command = ${hideSecrets(text)}`,
    result: 'changed',
    why: `put ${script} and deploy/commands/${ADAPTER} into COMMANDS_DIR; root applies the file. It fills a tree of its own, anew`,
  })
  const { env, secrets } = readEnvironment(name, mirror, remarks)
  const codes = successCodes(mirror, global)
  return {
    from: upstream === '' ? name : upstream,
    fields: {
      source: {
        kind: 'command',
        command: ADAPTER,
        args: [name, ...args],
        ...(env.size === 0 ? {} : { env: Object.fromEntries(env) }),
        ...(secrets.size === 0 ? {} : { secrets: Object.fromEntries(secrets) }),
        ...(/^\S+:\/\/[^/]*@/.test(upstream) || upstream === '' ? {} : { upstream }),
        ...(codes.length === 0 ? {} : { exit_codes: { tolerate: codes } }),
      },
    },
  }
}

/** The exit codes that count as success beside 0, of all mirrors and of this one. */
export function successCodes(mirror: Table, global: Table): number[] {
  const codes = [...textsIn(global.dangerous_global_success_exit_codes), ...textsIn(mirror.success_exit_codes)]
  return [...new Set(codes.map(Number))].filter((code) => code > 0)
}

/** What looks like a secret becomes the name of a variable, as everybody may see `env`. */
function readEnvironment(script: string, mirror: Table, remarks: Remark[]) {
  const env = new Map<string, string>()
  const secrets = new Map<string, { env: string }>()
  for (const [name, value] of Object.entries(isTable(mirror.env) ? mirror.env : {})) {
    if (OURS.test(name) || !/^[A-Za-z_]\w{0,63}$/.test(name))
      remarks.push({ what: `env ${name}`, result: 'left', why: 'a command cannot be given a variable of that name' })
    else if (SECRET.test(name)) {
      const variable = `MIRRORFLEET_${String(mirror.name ?? script)
        .toUpperCase()
        .replace(/\W/g, '_')}_${name}`
      secrets.set(name, { env: variable })
      remarks.push({
        what: `env ${name}`,
        result: 'changed',
        why: `the variable ${variable} must hold it when the file is applied`,
      })
    } else env.set(name, String(value))
  }
  return { env, secrets }
}
