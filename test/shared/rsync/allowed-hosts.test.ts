import { expect, it } from 'vitest'
import { createAllowedHosts } from '../../../shared/rsync/allowed-hosts.ts'

it('names stand with the IPv6 addresses that they last had, addresses for themselves and without brackets', async () => {
  let answers: Record<string, string[]> = { both: ['2001:db8::1', '2001:db8::2'], old: [] }
  const asked: string[] = []
  const hosts = createAllowedHosts(async (name) => {
    asked.push(name)
    const found = answers[name]
    if (found === undefined) throw new Error('no answer')
    return found
  })
  const all = ['both', 'old', '192.0.2.1', '[2001:db8::9]', 'unknown']
  expect(hosts.list(all)).toEqual(['both', 'old', '192.0.2.1', '2001:db8::9', 'unknown'])
  await hosts.learn(all)
  const learned = ['both', '2001:db8::1', '2001:db8::2', 'old', '192.0.2.1', '2001:db8::9', 'unknown']
  expect(hosts.list(all)).toEqual(learned)
  expect(asked).toEqual(['both', 'old', 'unknown'])
  answers = { old: ['2001:db8::3'] }
  await hosts.learn(all)
  expect(hosts.list(['both', 'old'])).toEqual(['both', '2001:db8::1', '2001:db8::2', 'old', '2001:db8::3'])
})
