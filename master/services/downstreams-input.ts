// Reads the downstreams of a request.

import { atField, InvalidInput } from '../../shared/errors.ts'
import type { DownstreamInput, StoredDownstream } from '../../shared/schemas/downstream.ts'

/** @throws {InvalidInput} when an address is in the list twice: it would be told twice. */
export function assertDownstreams(inputs: readonly DownstreamInput[]): void {
  const seen = new Set<string>()
  for (const [index, { url }] of inputs.entries()) {
    const field = `downstreams.${index}.url`
    if (seen.has(url)) throw atField(new InvalidInput(`${field}: it is in the list twice; leave one out`), field)
    seen.add(url)
  }
}

/** What is to be stored. A secret that is not given is that of the same address before. */
export function readDownstreams(
  inputs: readonly DownstreamInput[] | null | undefined,
  before: readonly StoredDownstream[],
  seal: (secret: string | null | undefined) => string | null,
): StoredDownstream[] {
  return (inputs ?? []).map(({ url, secret }) => {
    const known = before.find((one) => one.url === url)
    return { url, secret: secret === undefined ? (known?.secret ?? null) : seal(secret) }
  })
}
