// Compiles the schemas of a route when the route is first used: most starts use few routes, and compiling all takes 0.4 s.

import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import { Ajv, type Options, type ValidateFunction } from 'ajv'
import ajvFormats from 'ajv-formats'
import type { FastifyServerOptions } from 'fastify'
import type { Server } from './create-server.ts'

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>

/** For Fastify's option `schemaController.compilersFactory`. */
export function lazySerializers(): Pick<CompilersFactory, 'buildSerializer'> {
  const build = SerializerSelector()
  return {
    buildSerializer: (externalSchemas, options) => {
      const compile = build(externalSchemas, options)
      return (route) => {
        let write: ReturnType<typeof compile> | undefined
        return (answer: unknown) => {
          write ??= compile(route)
          return write(answer)
        }
      }
    },
  }
}

/**
 * All that is wrong is looked for in no more than this, in characters: a person writes less, and a body that is made to be
 * wrong in a hundred thousand places costs as little as one that is wrong in one.
 */
const MOST_LOOKED_AT = 8_192

/**
 * Query strings are text, so their values may be converted to numbers. Values in JSON bodies must have the right type.
 */
export function installValidators(app: Server): void {
  const common: Options = {
    removeAdditional: false,
    useDefaults: true,
    verbose: true,
    strict: false,
    discriminator: true,
  }
  const create = (more: Options) => ajvFormats.default(new Ajv({ ...common, ...more }))
  const [exact, coercing] = [create({ coerceTypes: false }), create({ coerceTypes: true })]
  const [exactAll, coercingAll] = [
    create({ coerceTypes: false, allErrors: true }),
    create({ coerceTypes: true, allErrors: true }),
  ]
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const [first, all] = httpPart === 'body' ? [exact, exactAll] : [coercing, coercingAll]
    let check: ValidateFunction | undefined
    let checkAll: ValidateFunction | undefined
    const lazy = (data: unknown): boolean => {
      check ??= first.compile(schema)
      if (check(data)) return true
      // Fastify reads them from the function that it was given.
      lazy.errors = check.errors ?? null
      if (JSON.stringify(data ?? null).length > MOST_LOOKED_AT) return false
      checkAll ??= all.compile(schema)
      checkAll(data)
      lazy.errors = checkAll.errors ?? lazy.errors
      return false
    }
    lazy.errors = null as NonNullable<ValidateFunction['errors']> | null
    return lazy
  })
}
