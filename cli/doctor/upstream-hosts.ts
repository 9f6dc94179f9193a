// Sorts the upstreams of projects by their hosts, so that each host is asked once. Pure.

import type { ProjectView } from '../../shared/schemas/project.ts'
import { sourceOf } from '../../shared/source-of.ts'

/** One upstream of one project; `number` counts from 1. */
export interface Target {
  id: string
  number: number
  rsync_host: string
  rsync_port: number
  rsync_module: string
  rsync_user: string | null
  has_password: boolean
}

export interface UpstreamHost {
  rsync_host: string
  rsync_port: number
  targets: readonly Target[]
}

/** The upstreams of the projects that sync by themselves, and by rsync. */
export function upstreamHosts(projects: readonly ProjectView[]): UpstreamHost[] {
  const hosts = new Map<string, Target[]>()
  for (const target of projects.flatMap(targetsOf)) {
    const key = `${target.rsync_host.toLowerCase()}:${target.rsync_port}`
    hosts.set(key, [...(hosts.get(key) ?? []), target])
  }
  return [...hosts.values()].flatMap((targets) => {
    const [first] = targets
    return first === undefined ? [] : [{ rsync_host: first.rsync_host, rsync_port: first.rsync_port, targets }]
  })
}

function targetsOf(project: ProjectView): Target[] {
  if (!project.enabled || sourceOf(project).kind !== 'rsync') return []
  return [project, ...project.upstreams].map((upstream, index) => {
    const { rsync_host, rsync_port, rsync_module, rsync_user, has_password } = upstream
    return { id: project.id, number: index + 1, rsync_host, rsync_port, rsync_module, rsync_user, has_password }
  })
}
