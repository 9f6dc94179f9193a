// Reads the downstreams of a request.

import type { DownstreamInput, StoredDownstream } from '../../shared/schemas/downstream.ts'

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
