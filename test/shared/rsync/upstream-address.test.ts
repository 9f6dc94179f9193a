// Addresses of rsync daemons as people write them.

import { expect, it } from 'vitest'
import { readUpstreamAddress, showUpstreamAddress, suggestName } from '../../../shared/rsync/upstream-address.ts'

it.each([
  ['rsync://mirror.example.org/pub/debian/', ['mirror.example.org', undefined, 'pub/debian', undefined, 'debian']],
  ['rsync://me@mirror.example.org:8730/pub', ['mirror.example.org', 8730, 'pub', 'me', 'pub']],
  ['rsync://me:secret@mirror.example.org/pub', ['mirror.example.org', undefined, 'pub', 'me', 'pub']],
  ['rsync://[2001:db8::1]/pub', ['2001:db8::1', undefined, 'pub', undefined, 'pub']],
  ['me@mirror.example.org::pub/a b', ['mirror.example.org', undefined, 'pub/a b', 'me', 'a-b']],
])('%s is taken apart', (text, [rsync_host, rsync_port, rsync_module, rsync_user, name]) => {
  const found = readUpstreamAddress(text)
  expect({ rsync_port: undefined, rsync_user: undefined, ...found }).toEqual({
    rsync_host,
    rsync_port,
    rsync_module,
    rsync_user,
  })
  expect(suggestName(found ?? { rsync_module: '' })).toBe(name)
})

it.each(['', 'https://example.org/x', 'rsync://host', 'rsync://host/', 'host:path'])('%s is none', (text) =>
  expect(readUpstreamAddress(text)).toBeNull(),
)

it.each(['rsync://me@[2001:db8::1]:8730/a/b/', 'rsync://example.org/pub/'])('%s is written as it is read', (text) => {
  const {
    rsync_port = 873,
    rsync_user = null,
    ...found
  } = readUpstreamAddress(text) ?? { rsync_host: '', rsync_module: '' }
  expect(showUpstreamAddress({ ...found, rsync_port, rsync_user })).toBe(text)
})
