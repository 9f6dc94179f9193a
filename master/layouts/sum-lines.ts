// Reads lists of sums as sha256sum(1) and its BSD relatives write them. Pure.

import type { Sum } from './layout.ts'

type PlainAlgorithm = Exclude<Sum['algorithm'], 'apk-sha1' | 'apk-sha256'>

/** Which algorithm has sums of so many hexadecimal digits. */
const BY_LENGTH: Readonly<Record<number, PlainAlgorithm>> = {
  32: 'md5',
  40: 'sha1',
  56: 'sha224',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
}

/** A sum of hexadecimal digits, its algorithm told by their number; null when they are no sum. */
export function readSum(hex: string): Sum | null {
  const algorithm = /^[0-9a-fA-F]+$/.test(hex) ? BY_LENGTH[hex.length] : undefined
  return algorithm === undefined ? null : { algorithm, hex: hex.toLowerCase() }
}

/**
 * What a line says: a sum and a name as it is written, which may lead anywhere. A line with only a sum has the name ''. Null
 * for any other line: comments, parts of a signature.
 */
export function readSumLine(line: string): { sum: Sum; name: string } | null {
  const text = line.replace(/\r$/, '')
  const bsd = /^(\\?)(?:MD5|SHA1|SHA224|SHA256|SHA384|SHA512) \((.+)\) = ([0-9a-fA-F]+)$/.exec(text)
  const gnu = /^(\\?)([0-9a-fA-F]{32,128})(?: [ *](.+)|[ \t]+(.+))?$/.exec(text)
  const found =
    bsd !== null
      ? { escaped: bsd[1], name: bsd[2] ?? '', hex: bsd[3] ?? '' }
      : gnu !== null
        ? { escaped: gnu[1], name: gnu[3] ?? gnu[4] ?? '', hex: gnu[2] ?? '' }
        : null
  const sum = found === null ? null : readSum(found.hex)
  if (found === null || sum === null) return null
  return { sum, name: found.escaped === '' ? found.name : unescapeName(found.name) }
}

/** A line with a backslash before it has backslashes and line ends in its name escaped (coreutils). */
function unescapeName(name: string): string {
  return name.replace(/\\([\\nr])/g, (_all, letter) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\\'))
}
