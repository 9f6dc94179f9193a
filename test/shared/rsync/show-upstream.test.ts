import { expect, it } from 'vitest'
import { showUpstream } from '../../../shared/rsync/show-upstream.ts'

it.each([
  ['rsync.example.org', 873, 'fedora/linux', 'rsync://rsync.example.org/fedora/linux/'],
  ['192.0.2.1', 8730, '/pub/', 'rsync://192.0.2.1:8730/pub/'],
  ['2001:db8::1', 873, 'pub', 'rsync://[2001:db8::1]/pub/'],
  ['[2001:db8::1]', 8730, 'pub', 'rsync://[2001:db8::1]:8730/pub/'],
])('%s, port %i, module %s is shown as one address', (rsync_host, rsync_port, rsync_module, expected) => {
  expect(showUpstream({ rsync_host, rsync_port, rsync_module })).toBe(expected)
})
