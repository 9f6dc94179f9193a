// A small client of the master's API, as an operator's script would have.

import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { until } from './until.ts'

/** An answer with its status; `body` is whatever JSON (or text) came. */
export interface ApiAnswer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a client that is there to see what comes, of whatever shape
  body: any
}

export type Api = ReturnType<typeof createApi>

/** Speaks to `url` with HTTP Basic. A POST is what has a body. */
export function createApi(url: string, username: string, password: string) {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const call = async (route: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> => {
    const response = await fetch(url + route, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }

  /** As `call`, but anything other than success is thrown. */
  const ask = async (route: string, body?: unknown) => {
    const answer = await call(route, body)
    if (answer.status >= 300) throw new Error(`${route} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  const waitForRun = (run: string, withinMs?: number): Promise<Run> =>
    until(
      `the end of ${run}`,
      async () => {
        const found: Run = await ask(`/get_run/?run=${run}`)
        return hasEnded(found.state) ? found : null
      },
      withinMs,
    )

  return {
    url,
    call,
    ask,
    waitForRun,
    /** Asks for a sync and waits until it has ended. */
    sync: async (id: string, query = ''): Promise<Run> => waitForRun((await ask(`/syncup/?id=${id}${query}`)).run),
  }
}
