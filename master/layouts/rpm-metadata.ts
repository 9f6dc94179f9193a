// Reads the metadata of rpm repositories: repomd.xml, primary, prestodelta, and .treeinfo.

import type { NamedFile, Sum } from './layout.ts'
import { allLines } from './lines.ts'
import { nameBelow, toBytes } from './names.ts'
import { readSum } from './sum-lines.ts'
import { readXml } from './xml.ts'

const NUMBER = /^\d{1,15}$/
/** What reads the data of a type; other types name no file of the repository. */
const READERS: Readonly<Record<string, string>> = { primary: 'primary', prestodelta: 'prestodelta' }

/** What repomd.xml names, below `base`, and the newest of its times in milliseconds. @throws {Error} when it is cut or damaged. */
export async function readRepomd(text: Buffer, base: string): Promise<{ names: NamedFile[]; time: number | null }> {
  const names: NamedFile[] = []
  let time: number | null = null
  let type = ''
  let found = noFile()
  const reader = {
    onOpen: (element: string, attributes: Readonly<Record<string, string>>) => {
      if (element === 'data') [type, found] = [attributes.type ?? '', noFile()]
      if (element === 'location') found.href = locate(attributes)
    },
    onClose: (element: string, value: string) => {
      if (element === 'checksum') found.sum = readSum(value)
      if (element === 'size' && NUMBER.test(value)) found.size = Number(value)
      if (element === 'timestamp' && /^\d{1,12}(\.\d+)?$/.test(value)) time = Math.max(time ?? 0, Number(value) * 1000)
      if (element !== 'data') return
      const file = toFile(found, base)
      // A frame of chunks is checked by its sum and not read.
      const reads = file?.name.endsWith('.zck') ? null : (READERS[type] ?? null)
      if (file !== null) names.push({ ...file, reads })
    },
  }
  for await (const _chunk of readXml(once(text), reader, () => null));
  return { names, time }
}

/** The packages of a primary, or the deltas of a prestodelta, below `base`. */
export async function* readPackageList(
  content: AsyncIterable<Buffer>,
  base: string,
  kind: 'primary' | 'prestodelta',
): AsyncGenerator<readonly NamedFile[]> {
  const element = kind === 'primary' ? 'package' : 'delta'
  let files: NamedFile[] = []
  let found = noFile()
  const reader = {
    onOpen: (name: string, attributes: Readonly<Record<string, string>>) => {
      if (name === element) found = noFile()
      if (name === 'location') found.href = locate(attributes)
      if (name === 'size' && NUMBER.test(attributes.package ?? '')) found.size = Number(attributes.package)
    },
    onClose: (name: string, value: string) => {
      if (name === 'checksum') found.sum = readSum(value)
      if (kind === 'prestodelta' && name === 'filename') found.href = value
      if (kind === 'prestodelta' && name === 'size' && NUMBER.test(value)) found.size = Number(value)
      if (name !== element) return
      const file = toFile(found, base)
      if (file !== null) files.push(file)
    },
  }
  yield* readXml(content, reader, () => {
    const batch = files
    files = []
    return batch
  })
}

/** The files of the section `[checksums]`, with no sizes. */
export function readTreeinfo(text: Buffer, base: string): NamedFile[] {
  let section = ''
  return allLines(text).flatMap((line): NamedFile[] => {
    section = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? section
    const [, written = '', hex = ''] = /^([^=;#\s][^=]*?)\s*=\s*[a-z0-9]+:([0-9a-fA-F]+)\s*$/.exec(line) ?? []
    const name = nameBelow(base, written)
    if (section !== 'checksums' || name === null) return []
    return [{ name, size: null, sum: readSum(hex), reads: null, absence: 'fault' }]
  })
}

interface Found {
  /** Null when it lies elsewhere, possibly on another host. */
  href: string | null
  size: number | null
  sum: Sum | null
}

function noFile(): Found {
  return { href: null, size: null, sum: null }
}

function locate(attributes: Readonly<Record<string, string>>): string | null {
  return attributes['xml:base'] === undefined ? (attributes.href ?? null) : null
}

function toFile({ href, size, sum }: Found, base: string): NamedFile | null {
  const name = href === null ? null : nameBelow(base, toBytes(href))
  return name === null ? null : { name, size, sum, reads: null, absence: 'fault' }
}

async function* once(text: Buffer): AsyncGenerator<Buffer> {
  yield text
}
