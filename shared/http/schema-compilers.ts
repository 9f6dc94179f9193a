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
 * Query strings are text, so their values may be converted to numbers. Values in JSON bodies must have the right type.
 */
export function installValidators(app: Server): void {
  const common: Options = {
    removeAdditional: false,
    useDefaults: true,
    // A body has 256 KiB at most, and lists and objects in it have limits.
    allErrors: true,
    verbose: true,
    strict: false,
    discriminator: true,
  }
  const exact = ajvFormats.default(new Ajv({ ...common, coerceTypes: false }))
  const coercing = ajvFormats.default(new Ajv({ ...common, coerceTypes: true }))
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const ajv = httpPart === 'body' ? exact : coercing
    let check: ValidateFunction | undefined
    const lazy = (data: unknown): boolean => {
      check ??= ajv.compile(schema)
      const isRight = check(data)
      // Fastify reads them from the function that it was given.
      lazy.errors = check.errors ?? null
      return isRight
    }
    lazy.errors = null as NonNullable<ValidateFunction['errors']> | null
    return lazy
  })
}
