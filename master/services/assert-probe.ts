// Checks what a request says of a probe.

import { atField, InvalidInput } from '../../shared/errors.ts'
import { createPublicRule, isRefusedHost } from '../../shared/http/public-address.ts'
import { assertFile } from '../../shared/rsync/source.ts'
import type { ProbeSetting } from '../../shared/schemas/probe.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'

/**
 * `ofRoot`: the project belongs to a user with the role root, whose probes may reach any address. What a name resolves
 * to is checked again with each probe.
 *
 * @throws {InvalidInput} that names the field.
 */
export function assertProbe(
  probe: ProbeSetting,
  { layout = 'plain' }: Pick<StoredProject, 'layout'>,
  ofRoot: boolean,
): void {
  if (probe === 'auto') {
    if (layout !== 'plain') return
    const reason = '"auto" needs a layout, which knows the file to ask for; give a layout, or {"file": path}'
    throw atField(new InvalidInput(`probe: ${reason}`), 'probe')
  }
  if ('file' in probe) assertFile(probe.file, 'probe.file')
  else assertUrl(probe.url, ofRoot)
}

function assertUrl(text: string, ofRoot: boolean): void {
  const url = /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : null
  if (url === null) throw wrong('must be an http(s) address')
  if (url.username !== '' || url.password !== '') throw wrong('must not hold a log-in, since everybody may see it')
  if (!ofRoot && isRefusedHost(url, createPublicRule()))
    throw wrong(`${url.hostname} is not a public address; only projects of root may probe others`)
}

function wrong(reason: string): Error {
  return atField(new InvalidInput(`probe.url: ${reason}`), 'probe.url')
}
