// Takes an rsync address apart as somebody pastes it: pure.

export interface UpstreamAddress {
  rsync_host: string
  rsync_port: string
  rsync_module: string
  rsync_user: string
  /** The name that the project might get: the last part of the path. */
  project: string
}

const URL_FORM = /^rsync:\/\/(?:([^@/]+)@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/(.+?)\/*$/
const DOUBLE_COLON = /^(?:([^@/:]+)@)?(\[[^\]]+\]|[^:/]+)::(.+?)\/*$/

/** `rsync://[user@]host[:port]/module/path` or `[user@]host::module/path`; null when it is neither. */
export function readUpstreamAddress(text: string): UpstreamAddress | null {
  const url = URL_FORM.exec(text.trim())
  const [, user = '', host = '', port = '', path = ''] = url ?? withPort(DOUBLE_COLON.exec(text.trim())) ?? []
  if (host === '' || path === '') return null
  const project = (path.split('/').at(-1) ?? '').replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return { rsync_host: host.replaceAll(/[[\]]/g, ''), rsync_port: port, rsync_module: path, rsync_user: user, project }
}

function withPort(match: RegExpExecArray | null): string[] | null {
  return match === null ? null : [match[0], match[1] ?? '', match[2] ?? '', '', match[3] ?? '']
}
