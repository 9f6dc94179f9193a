// The client's map of routes says what the API's document says.

import type { TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../../shared/api/routes.ts'
import { startTestMaster } from '../../helpers/master.ts'

interface Content {
  content?: Record<string, { schema: object }>
}
interface Operation {
  parameters?: { name: string; required: boolean; schema: object }[]
  requestBody?: Content
  responses: Record<string, Content>
}

/** Texts, and limits that only the master checks: they decide on no type. */
const NO_TYPE = /^(description|examples?|format|pattern|(min|max)(Length|Items|imum)|exclusiveMinimum)$/

/** What a schema says of types, as the document writes it. */
function typesOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(typesOf)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema).flatMap(([name, value]): [string, unknown][] => {
      if (name === 'properties') return [[name, mapValues(value, typesOf)]]
      if (name === 'required') return value.length === 0 ? [] : [[name, value.toSorted()]]
      if (name === 'const') return [['enum', [value]]]
      // The document says what names of a pattern hold as additionalProperties, in place of the `false` for all others.
      if (name === 'patternProperties') return [['additionalProperties', typesOf(Object.values(value)[0])]]
      if (name === 'additionalProperties' && 'patternProperties' in schema) return []
      return NO_TYPE.test(name) ? [] : [[name, typesOf(value)]]
    }),
  )
}

function mapValues(object: object, map: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]))
}

const bodyOf = (part: Content | undefined) => part?.content?.['application/json']?.schema

function queryOf(parameters: NonNullable<Operation['parameters']>) {
  return {
    type: 'object',
    additionalProperties: false,
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
  }
}

const routes = Object.entries(ROUTES).flatMap(([kind, byPath]) =>
  Object.entries<Partial<Record<'query' | 'body' | 'answer', TSchema>>>(byPath).map(([path, route]) => ({
    method: kind === 'post' ? 'post' : 'get',
    path,
    route,
  })),
)

describe("the client's routes", () => {
  it('take and answer what the document says', async () => {
    const { ask } = await startTestMaster()
    const { body: document } = await ask('/docs/json', undefined, null)
    for (const { method, path, route } of routes) {
      const operation: Operation | undefined = document.paths[path]?.[method]
      expect(operation, `${method} ${path}`).toBeDefined()
      const { parameters, requestBody, responses = {} } = operation ?? {}
      const documented = {
        query: parameters && queryOf(parameters),
        body: bodyOf(requestBody),
        answer: bodyOf(responses[202] ?? responses[200]),
      }
      expect(typesOf(JSON.parse(JSON.stringify(route))), `${method} ${path}`).toEqual(
        typesOf(JSON.parse(JSON.stringify(documented))),
      )
    }
  })
})
