// The API's document: it is valid, describes every route, and its examples match their own schemas.

import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { startTestMaster } from '../../helpers/master.ts'

type Content = Record<string, { schema: object; example?: unknown; examples?: Record<string, { value: unknown }> }>
interface Operation {
  summary?: string
  tags?: string[]
  parameters?: { name: string; in: string; schema: { example?: unknown } }[]
  requestBody?: { content: Content }
  responses: Record<string, { description: string; content?: Content }>
}
interface Document {
  openapi: string
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
}

/** The routes that answer text or a stream. */
const TEXTS = ['GET /run_log', 'GET /events', 'GET /slave_changes', 'GET /metrics', 'GET /status']

const load = async (): Promise<Document> => {
  const { ask } = await startTestMaster()
  const answer = await ask('/docs/json', undefined, null)
  expect(answer.status).toBe(200)
  return answer.body
}
const operations = (document: Document) =>
  Object.entries(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${url}`, operation })),
  )

const examplesOf = (name: string, operation: Operation) => {
  const ofContent = (what: string, content: Content = {}) =>
    Object.values(content).flatMap(({ schema, example, examples = {} }) =>
      [example, ...Object.values(examples).map(({ value }) => value)].map((one) => ({
        name: `${name} ${what}`,
        schema,
        example: one,
      })),
    )
  const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
  return [
    ...ofContent('body', operation.requestBody?.content),
    ...successes.flatMap(([, response]) => ofContent('answer', response.content)),
    ...(operation.parameters ?? []).map(({ name: parameter, schema }) => ({
      name: `${name} ?${parameter}`,
      schema,
      example: schema.example,
    })),
  ].filter(({ example }) => example !== undefined)
}

describe('the OpenAPI document', () => {
  it('is valid 3.1', async () => {
    const document = await load()
    expect(document.openapi).toBe('3.1.0')
    const result = await new Validator().validate({ ...document })
    expect(result.errors ?? []).toEqual([])
  })

  it('describes every route except its own pages, with every way to fail', async () => {
    const { app } = await startTestMaster()
    const registered = app.routeTable
      .filter(({ method, url }) => method !== 'HEAD' && !/^\/(docs.*|assets.*)?$/.test(url))
      .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
    const document = await load()
    const documented = operations(document)
    expect(documented.map(({ name }) => name).sort()).toEqual([...new Set(registered)].sort())
    const tags = document.tags.map((tag) => tag.name)
    for (const { name, operation } of documented) {
      expect(operation.summary, name).toBeTruthy()
      expect(tags, name).toEqual(expect.arrayContaining(operation.tags ?? ['no tag']))
      if (!TEXTS.includes(name))
        expect(Object.keys(operation.responses), name).toEqual(expect.arrayContaining(['4XX', '5XX']))
    }
  })

  it('has examples that match their schemas', async () => {
    const ajv = ajvFormats.default(new Ajv2020({ strict: false }))
    const document = operations(await load())
    const examples = document.flatMap(({ name, operation }) => examplesOf(name, operation))
    for (const { name, schema, example } of examples) {
      const validate = ajv.compile(schema)
      expect(validate(example) ? [] : validate.errors, `${name}: ${JSON.stringify(example)}`).toEqual([])
    }
    const answered = document.filter(({ name }) => !TEXTS.includes(name))
    for (const { name } of answered)
      expect(
        examples.map((one) => one.name),
        name,
      ).toContain(`${name} answer`)
    const asked = document.filter(({ operation }) => operation.requestBody !== undefined)
    for (const { name } of asked)
      expect(
        examples.map((one) => one.name),
        name,
      ).toContain(`${name} body`)
  })

  it('can be read as a page that loads nothing from other sites', async () => {
    const { app } = await startTestMaster()
    const page = await app.inject('/docs/')
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-security-policy']).not.toContain('http')
    expect(page.body).not.toMatch(/(src|href)="https?:/)
  })
})
