import { expect, it } from 'vitest'
import { leftoverFolders, temporaryFiles } from '../../../shared/rsync/leftovers.ts'
import { showCommand } from '../../../shared/rsync/show-command.ts'

it('shows a command without the filters that every run has, and those of the project', () => {
  const argv = [
    ...leftoverFolders(),
    '-avH',
    '--filter=H *.iso',
    ...temporaryFiles(),
    '--',
    'rsync://host/pub/',
    '/tree/',
  ]
  expect(showCommand('rsync', argv)).toBe(
    '$ rsync -avH --filter=H *.iso -- rsync://host/pub/ /tree/ [and 10 filters against unfinished files]',
  )
  expect(showCommand('rsync', ['-a', 'x', 'y'])).toBe('$ rsync -a x y')
})
