// Reads the further upstreams of a request.

import { atField, type FieldError } from '../../shared/errors.ts'
import type { Problems } from '../../shared/problems.ts'
import { assertHost, assertModule } from '../../shared/rsync/source.ts'
import type { StoredUpstream, UpstreamInput } from '../../shared/schemas/upstream.ts'

/** What is to be stored. A password that is not given is that of the same upstream before. */
export function readUpstreams(
  inputs: readonly UpstreamInput[] | null,
  before: readonly StoredUpstream[],
  seal: (password: string | null | undefined) => string | null,
  usualPort: number,
): StoredUpstream[] {
  return (inputs ?? []).map(({ rsync_host, rsync_module, rsync_port, rsync_user, rsync_password }) => {
    const upstream = {
      rsync_host,
      rsync_port: rsync_port ?? usualPort,
      rsync_module,
      rsync_user: rsync_user ?? null,
    }
    const known = before.find((one) => isSame(one, upstream))
    return {
      ...upstream,
      rsync_password: rsync_password === undefined ? (known?.rsync_password ?? null) : seal(rsync_password),
    }
  })
}

function isSame(one: Omit<StoredUpstream, 'rsync_password'>, other: Omit<StoredUpstream, 'rsync_password'>): boolean {
  return (['rsync_host', 'rsync_port', 'rsync_module', 'rsync_user'] as const).every(
    (name) => one[name] === other[name],
  )
}

/** What is wrong with a host or a module goes to `problems`, under its place in the list. */
export function checkUpstreams(upstreams: readonly StoredUpstream[], problems: Problems): void {
  for (const [index, { rsync_host, rsync_module }] of upstreams.entries()) {
    problems.try(() => within(index, () => assertHost(rsync_host)))
    problems.try(() => within(index, () => assertModule(rsync_module)))
  }
}

function within(index: number, check: () => void): void {
  try {
    check()
  } catch (error) {
    const { field, message } = error as FieldError
    if (!(error instanceof Error) || field === undefined) throw error
    error.message = `upstreams.${index}.${message}`
    throw atField(error as FieldError, `upstreams.${index}.${field}`)
  }
}
