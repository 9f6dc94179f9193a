// Reads what `mirrorfleet project add` is given: a name, or the address of an upstream that also says the name. Pure.

import { nameInRclone, readRclone } from '../shared/rclone-address.ts'
import { repositoryName } from '../shared/repository-name.ts'
import { suggestName } from '../shared/rsync/upstream-address.ts'
import { makeName, readUpstream } from './import/parts.ts'
import type { Basics } from './project-fields.ts'
import { UsageError } from './usage-error.ts'

/** The name, and the options with what the address says; what an option says as well, the option decides. @throws {UsageError} */
export function readAddress(text: string, options: Basics): { name: string; options: Basics } {
  const repository = repositoryName(text)
  if (repository !== null) return { name: options.name ?? repository, options: { source: text, ...options } }
  const remote = readRclone(text)
  if (remote !== null)
    return { name: options.name ?? makeName(nameInRclone(remote), []), options: { source: text, ...options } }
  if (/^rsync:\/\//i.test(text)) return readRsyncAddress(text, options)
  if (/^[a-z]+:\/\//i.test(text))
    throw new UsageError(
      `"${hidePassword(text)}" is not the address of an upstream. Write rsync://host/module/path, a git repository that ends in .git, or rclone: before the address of anything else, as in rclone:https://host/path/.`,
    )
  if (options.name !== undefined)
    throw new UsageError(`The project has two names, "${text}" and "${options.name}". Give one of them.`)
  return { name: text, options }
}

function readRsyncAddress(text: string, options: Basics): { name: string; options: Basics } {
  if (hidePassword(text) !== text)
    throw new UsageError(
      'The address has a password, which all users of this machine can see there. Set MIRRORFLEET_UPSTREAM_PASSWORD instead.',
    )
  const { rsync_host, rsync_module, rsync_port, rsync_user } = readOrRefuse(text)
  const said: Basics = {
    host: rsync_host,
    module: rsync_module,
    ...(rsync_port === undefined ? {} : { port: String(rsync_port) }),
    ...(rsync_user ? { upstreamUser: rsync_user } : {}),
  }
  return { name: options.name ?? makeName(suggestName({ rsync_module }), []), options: { ...said, ...options } }
}

function readOrRefuse(text: string) {
  try {
    return readUpstream(text)
  } catch (error) {
    throw new UsageError(
      `"${text}": ${error instanceof Error ? error.message : error}. Write it as rsync://host/module/path.`,
    )
  }
}

function hidePassword(text: string): string {
  return text.replace(/^([a-z]+:\/\/[^/@:]*):[^/]*@/i, '$1@')
}
