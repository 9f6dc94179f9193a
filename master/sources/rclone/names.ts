// Which names of a remote can be names of files here. Pure.

/** A part of a path, in bytes; more is more than a file system takes. */
const MOST_BYTES = 255
/**
 * rclone writes what a name must not hold by other characters: control characters by their pictures, dots by wide ones, and
 * those themselves behind a quote; bytes that are no UTF-8 become U+FFFD. So such a name would have another one here.
 */
const STANDS_FOR_ANOTHER = /[\u2400-\u2426\u201b\ufffd]/
const CONTROL = /\p{Cc}/u

/** Why a name of a remote is left out; null for one that is taken as it is. */
export function oddityOf(name: string): string | null {
  const parts = name.split('/')
  if (parts.some((part) => part === '')) return 'it begins or ends with a slash, or has two in a row'
  if (parts.some((part) => /^[.\uff0e]{1,2}$/.test(part))) return 'a part of it is . or ..'
  if (CONTROL.test(name)) return 'it holds a control character'
  if (STANDS_FOR_ANOTHER.test(name)) return 'rclone cannot give it as it is'
  if (parts.some((part) => Buffer.byteLength(part) > MOST_BYTES))
    return `a part of it has more than ${MOST_BYTES} bytes`
  return null
}

/** The folders that a name lies in, the outermost first. */
export function foldersOf(name: string): string[] {
  const parts = name.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
