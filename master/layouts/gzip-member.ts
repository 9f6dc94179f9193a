// Takes the first of several gzip streams that are stored one after another (RFC 1952), as apk files have them.

import { createInflateRaw } from 'node:zlib'

/** What a control segment or a signature unpacks to at most. */
const LARGEST_BYTES = 16 * 1024 * 1024
const HEADER_BYTES = 10
const TRAILER_BYTES = 8

/** The first stream: as it is stored, and unpacked; and what comes after. */
export interface GzipMember {
  stored: Buffer
  content: Buffer
  rest: Buffer
}

/** @throws {Error} when `bytes` do not begin with a whole gzip stream. */
export async function firstMember(bytes: Buffer): Promise<GzipMember> {
  const header = headerLength(bytes)
  const inflate = createInflateRaw()
  inflate.end(bytes.subarray(header))
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of inflate) {
    length += chunk.length
    if (length > LARGEST_BYTES) throw new Error('its first part is too large')
    chunks.push(chunk)
  }
  const end = header + inflate.bytesWritten + TRAILER_BYTES
  if (end > bytes.length) throw new Error('it is cut')
  return { stored: bytes.subarray(0, end), content: Buffer.concat(chunks), rest: bytes.subarray(end) }
}

function headerLength(bytes: Buffer): number {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new Error('it is not packed by gzip')
  const flags = bytes[3] ?? 0
  let at = HEADER_BYTES
  if (flags & 4) at += 2 + bytes.readUInt16LE(at)
  for (const flag of [8, 16]) if (flags & flag) at = bytes.indexOf(0, at) + 1
  return flags & 2 ? at + 2 : at
}
