// A look at an upstream before it becomes a project's.

import Type, { type Static } from 'typebox'
import { Name, Nullable, Strict } from './common.ts'
import { LayoutName } from './project-parts.ts'
import { SourceInput } from './source.ts'
import { upstreamProperties } from './upstream-fields.ts'

const { rsync_host, rsync_module, ...more } = upstreamProperties

/**
 * The fields of add_project that say where a tree comes from. Without a module, the modules are listed. Or a project by its
 * id, and nothing else but which of its upstreams: it is asked with the password that is stored for it.
 */
export const TestUpstream = Strict({
  id: Type.Optional(Name),
  upstream: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 17, description: "which of the project's upstreams; 1 is the first" }),
  ),
  source: Type.Optional(SourceInput),
  rsync_host: Type.Optional(rsync_host),
  rsync_module: Type.Optional(rsync_module),
  ...more,
})
export type TestUpstream = Static<typeof TestUpstream>

export const upstreamSeenProperties = {
  reachable: Type.Boolean(),
  /** Of an rsync daemon that was asked without a module. */
  modules: Nullable(Type.Array(Type.String())),
  /** What lies at the top, at most 1,000 of it; for git, the refs. */
  entries: Nullable(Type.Array(Type.Object({ name: Type.String(), kind: Type.String() }))),
  /** The layout that the entries look like. */
  layout: Nullable(LayoutName),
  /** `auto` where that layout has a probe; null for none. */
  probe: Nullable(Type.Literal('auto')),
  error: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
}
const UpstreamSeen = Type.Object(upstreamSeenProperties)
export type UpstreamSeen = Static<typeof UpstreamSeen>
