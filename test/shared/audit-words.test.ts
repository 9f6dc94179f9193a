import { expect, it } from 'vitest'
import { showAction, showChange } from '../../shared/audit-words.ts'

it('says what was done, and what each field became', () => {
  expect(showAction({ method: 'update_project' })).toBe('update project')
  expect(showAction({ method: 'syncup_project' })).toBe('sync project')
  expect(showAction({ method: 'reset-password' })).toBe('reset password')
  expect(
    showChange([
      { field: 'delete_guard_percent', before: 50, after: 20 },
      { field: 'cron_options', before: { hour: '*', minute: '0' }, after: { hour: '*', minute: '5', timezone: 'UTC' } },
      { field: 'cron_options', before: null, after: { hour: '3' } },
      { field: 'upstreams', before: [], after: [{ rsync_host: 'a', has_password: true }] },
      { field: 'role', before: 'viewer' },
      { field: 'mode', after: 'full' },
      { field: 'rsync_password', hidden: true },
    ]),
  ).toEqual([
    'delete_guard_percent: 50 → 20',
    'cron_options.minute: 0 → 5',
    'cron_options.timezone: none → UTC',
    'cron_options: none → {hour: 3}',
    'upstreams: [] → [{rsync_host: a, has_password: true}]',
    'role: viewer → none',
    'mode: full',
    'rsync_password: changed',
  ])
})
