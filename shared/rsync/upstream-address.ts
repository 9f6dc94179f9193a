// Takes the address of an rsync daemon apart, as people write it: pure, and for pages too.

import { showUpstream, trimSlashes } from './show-upstream.ts'

/** As requests give it. What the address does not name is left out. */
export interface UpstreamAddress {
  rsync_host: string
  rsync_module: string
  rsync_port?: number
  rsync_user?: string
}

const URL_FORM = /^rsync:\/\/(?:([^@/:]+)(?::[^@/]*)?@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/(.+)$/
const SHORT_FORM = /^(?:([^@/]+)@)?(\[[^\]]+\]|[^:/[]+)::()(.+)$/

/** `rsync://[user@]host[:port]/module/path` or `[user@]host::module/path`; null when it is neither. A password is left out. */
export function readUpstreamAddress(text: string): UpstreamAddress | null {
  const [, user, host, port, path] = URL_FORM.exec(text.trim()) ?? SHORT_FORM.exec(text.trim()) ?? []
  const rsync_module = trimSlashes(path ?? '')
  if (host === undefined || rsync_module === '') return null
  return {
    rsync_host: host.replace(/^\[|\]$/g, ''),
    rsync_module,
    ...(port ? { rsync_port: Number(port) } : {}),
    ...(user === undefined ? {} : { rsync_user: user }),
  }
}

/** The name that a project of that upstream might get: the last part of its path. */
export function suggestName({ rsync_module }: Pick<UpstreamAddress, 'rsync_module'>): string {
  const last = rsync_module.split('/').at(-1) ?? ''
  return last.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
}

/** The same with its user: what `readUpstreamAddress` reads. */
export function showUpstreamAddress(
  upstream: Parameters<typeof showUpstream>[0] & { rsync_user: string | null },
): string {
  const { rsync_user } = upstream
  return showUpstream(upstream).replace('rsync://', rsync_user === null ? 'rsync://' : `rsync://${rsync_user}@`)
}
