// Looks at a source that is not rsync, as a request gives it, before it becomes a project's.

import { atField, InvalidInput } from '../../shared/errors.ts'
import type { Source } from '../../shared/schemas/source.ts'
import { putSecrets, takeSecrets } from '../sources/secrets.ts'
import type { SeenEntry, SourceProbe } from '../sources/source-kind.ts'
import { filledSourceOf } from '../sources/sources.ts'

/**
 * What lies at its top. Nothing is stored yet, so its secrets are those of the request.
 *
 * @throws {InvalidInput} that names the field. @throws {SourceFailed} when it cannot be read.
 */
export async function lookAtSource(given: Source, asked: SourceProbe): Promise<SeenEntry[]> {
  const { settings, ofRoot } = asked
  const { shown, secrets } = takeSecrets(given, {})
  const source = filledSourceOf({ source: putSecrets(shown, secrets) })
  if (source?.look === undefined) {
    const message = `source.kind: a source of the kind "${given.kind}" has no upstream to look at`
    throw atField(new InvalidInput(message), 'source.kind')
  }
  await source.check({ settings, byRoot: ofRoot, ofRoot, isNew: true })
  return source.look(asked)
}
