// Says what is wrong with an upstream and what to do, by what the master saw of it. Pure.

import { urlHost } from '../../shared/http/url-host.ts'
import { type Finding, fault } from './finding.ts'
import type { Target, UpstreamHost } from './upstream-hosts.ts'

const NAMED = 5
const DEFAULT_PORT = 873

/** `host[:port]`, without the port where it is rsync's own. */
export function nameOfHost({ rsync_host, rsync_port }: Pick<UpstreamHost, 'rsync_host' | 'rsync_port'>): string {
  return `${urlHost(rsync_host)}${rsync_port === DEFAULT_PORT ? '' : `:${rsync_port}`}`
}

/** One finding for all projects that pull from there. */
export function judgeHost(host: UpstreamHost, message: string): Finding {
  const name = nameOfHost(host)
  const ids = [...new Set(host.targets.map(({ id }) => id))]
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : ''
  const whose = `needed by ${ids.slice(0, NAMED).join(', ')}${more}`
  return fault(
    `upstream ${name}`,
    `does not answer: ${message}; ${whose}`,
    `If \`rsync rsync://${name}/\` on the master fails too, wait for it, or name another: \`mirrorfleet project update ${ids[0]} --host HOST\`.`,
  )
}

/** Of an upstream whose host answers. */
export function judgeTarget(target: Target, message: string): Finding {
  const { id, number, rsync_module, has_password } = target
  const about = number === 1 ? `upstream of ${id}` : `upstream ${number} of ${id}`
  const name = nameOfHost(target)
  const change = (option: string) =>
    number === 1
      ? `run \`mirrorfleet project update ${id} ${option}\``
      : `change it in the file of \`mirrorfleet export\`, and run \`mirrorfleet apply FILE\``
  if (/unknown module/i.test(message))
    return fault(
      about,
      `${name} has no module "${rsync_module.split('/')[0]}"`,
      `List its modules with \`rsync rsync://${name}/\`, then ${change('--module MODULE/PATH')}.`,
    )
  if (/auth failed|password/i.test(message)) {
    const what = has_password ? 'refuses the user or the password' : 'asks for a user and a password'
    return fault(
      about,
      `${name} ${what}: ${message}`,
      `Set MIRRORFLEET_UPSTREAM_PASSWORD to the password, and ${change('--upstream-user USER')}.`,
    )
  }
  return fault(
    about,
    `${rsync_module} of ${name} cannot be listed: ${message}`,
    `If the module or path has moved, ${change('--module MODULE/PATH')}. If ${name} lets only some hosts in, ask its operator.`,
  )
}
