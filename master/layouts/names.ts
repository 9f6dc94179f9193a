// Makes names of the tree out of what indices say: never one that leads out of it. Pure.

import { isInnerName } from '../../shared/trees/path-list.ts'

/**
 * The name `relative` below the folder `base` ('' for the tree's root), one character a byte; null when it is absolute, leads out
 * of the folder or holds a zero byte. Parts that are empty or `.` are dropped.
 */
export function nameBelow(base: string, relative: string): string | null {
  if (relative.startsWith('/')) return null
  const parts = relative.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.length === 0 || parts.includes('..')) return null
  const name = [...(base === '' ? [] : [base]), ...parts].join('/')
  return isInnerName(name) ? name : null
}

/** The folder of a name; '' for one at the top. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')))
}

/** A name without its folder. */
export function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** Text that was decoded from UTF-8, as a name: one character a byte. */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** A name as people read it. */
export function showName(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8')
}
