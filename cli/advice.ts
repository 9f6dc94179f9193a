// What to do about a run that did not succeed, as commands. Pure.

import { causeOf, type Remedy } from '../shared/causes.ts'
import type { Run } from '../shared/schemas/run.ts'

/** The project's password comes from the environment. */
const SENTENCES: Readonly<Record<Remedy, (id: string) => string>> = {
  retry: (id) => `To try again, run \`mirrorfleet sync ${id} --wait\`.`,
  'edit password': (id) =>
    `Set MIRRORFLEET_UPSTREAM_PASSWORD to the right password, and run \`mirrorfleet project update ${id}\`.`,
  'edit source': (id) =>
    `Look at what the upstream has there. To change the source, run \`mirrorfleet project update ${id}\` with --host, --module or --source.`,
  force: (id) => `If the files are to go, run \`mirrorfleet sync ${id} --force --wait\`.`,
  'publish held': (id) => `To publish it all the same, run \`mirrorfleet project publish-held ${id}\`.`,
  refill: (id) => `If its files are to be fetched again, run \`mirrorfleet sync ${id} --force --wait\`.`,
  guard: () => '',
  log: (id) => `Run \`mirrorfleet log ${id}\`.`,
  slaves: () => 'Run `mirrorfleet slave list` to see why.',
}
/** Sentences for a project whose last run ended with this error. */
export function adviseOn(id: string, error: Run['error']): string {
  const { why, remedies } = causeOf(error?.code ?? '', error?.message ?? '')
  const said = [why, ...remedies.map((remedy) => SENTENCES[remedy](id))]
  return said.filter(Boolean).join(' ')
}
