// The address of a project's upstream as people read it.

import { urlHost } from '../http/url-host.ts'

const DEFAULT_PORT = 873

interface Upstream {
  rsync_host: string
  rsync_port: number
  rsync_module: string
}

/** `rsync://host[:port]/module/path/`, without user and password, and without the port where it is rsync's own. */
export function showUpstream({ rsync_host, rsync_port, rsync_module }: Upstream): string {
  const port = rsync_port === DEFAULT_PORT ? '' : `:${rsync_port}`
  return `rsync://${urlHost(rsync_host)}${port}/${trimSlashes(rsync_module)}/`
}

export function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '')
}
