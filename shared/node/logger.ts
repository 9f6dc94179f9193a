// The log of a node's parts: they are built before the server that owns the logger, so they write through this.

import type { FastifyBaseLogger } from 'fastify'

export type NodeLogger = ReturnType<typeof createNodeLogger>

/** Writes JSON lines to the server's logger, or to stderr until `use` names it. */
export function createNodeLogger() {
  let target: FastifyBaseLogger | null = null
  const write = (level: 'error' | 'warn' | 'info', message: string, details: Record<string, unknown>) => {
    if (target !== null) target[level](details, message)
    else process.stderr.write(`${JSON.stringify({ level, msg: message, ...details })}\n`)
  }
  return {
    use: (logger: FastifyBaseLogger): void => {
      target = logger
    },
    info: (message: string, details: Record<string, unknown> = {}): void => write('info', message, details),
    warn: (message: string, details: Record<string, unknown> = {}): void => write('warn', message, details),
    error: (error: unknown, details: Record<string, unknown> = {}): void => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error))
      write('error', message, { ...details, stack })
    },
  }
}
