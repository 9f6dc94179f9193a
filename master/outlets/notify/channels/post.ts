// Sends one HTTP request of a chat service, and says why it was not accepted.

import { Agent, request } from 'undici'

const TIMEOUT_MS = 10_000

export interface ChatRequest {
  method: 'POST' | 'PUT'
  headers: Record<string, string>
  body: string
}

/** A redirect is a refusal: it could lead the secrets of the address anywhere. @throws {Error} without the address, which may hold a secret. */
export async function post(url: string, message: ChatRequest, stopped: AbortSignal): Promise<void> {
  const dispatcher = new Agent()
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)])
    const { statusCode, body } = await request(url, { ...message, dispatcher, signal })
    body.on('error', () => {}).destroy()
    if (statusCode < 200 || statusCode > 299) throw new Error(`it answered with status ${statusCode}`)
  } catch (error) {
    const { code, message: text } = Object(error)
    throw new Error(code ?? text ?? String(error))
  } finally {
    await dispatcher.destroy()
  }
}
