// Reads the OpenAPI document of a master that is built for nothing else, and tells one version of it from another.

import { createHash } from 'node:crypto'
import { buildApp } from '../../master/app.ts'
import { createContext } from '../../master/context.ts'
import { loadSettings } from '../../settings.ts'

/** The document as JSON text; `dataFolder` is made and may be removed after. */
export async function readDocument(dataFolder: string): Promise<string> {
  const context = await createContext(loadSettings({ DATA_DIR: dataFolder, LOG_LEVEL: 'silent' }, dataFolder))
  const app = await buildApp(context)
  await app.ready()
  const document = app.swagger()
  await app.close()
  return JSON.stringify(document)
}

/** The same for the same requests and answers; texts for people, examples and the version do not count. */
export function digestOf(document: string): string {
  const shape = JSON.stringify(JSON.parse(document), (key, value) =>
    ['description', 'summary', 'example', 'examples', 'info'].includes(key) && typeof value !== 'boolean'
      ? undefined
      : value,
  )
  return createHash('sha256').update(shape).digest('hex').slice(0, 16)
}
