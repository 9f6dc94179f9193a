// The address of the page: what stands behind the `#`, with its query.

import { useEffect, useState } from 'preact/hooks'

export interface Address {
  /** The parts of the path: `#/project/debian/log` has three. */
  parts: readonly string[]
  query: URLSearchParams
}

/** Takes the text behind the `#` apart: pure. */
export function readAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  return { parts: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) }
}

/** A part that is not well encoded is taken as it stands: the page says then that there is no such thing. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address, followed while the component is mounted. */
export function useAddress(): Address {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const follow = () => setHash(location.hash)
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return readAddress(hash)
}

/** Writes one value of the query into the address, without a step in the browser's history. */
export function keepInAddress(name: string, value: string): void {
  const [path = '#/', query = ''] = (location.hash || '#/').split('?', 2)
  const values = new URLSearchParams(query)
  if (value === '') values.delete(name)
  else values.set(name, value)
  const text = values.toString()
  history.replaceState(null, '', text === '' ? path : `${path}?${text}`)
}
