// Which file tells, for each layout, whether anything in a tree is new.

import { expect, it } from 'vitest'
import { layoutOf } from '../../../master/layouts/layouts.ts'
import type { LayoutName } from '../../../shared/schemas/project-parts.ts'

const suite = (name: string) => ['InRelease', 'Release', 'Release.gpg'].map((file) => `${name}/${file}`)

it.each<[LayoutName, string[], string[]]>([
  ['plain', [], []],
  ['checksums', ['SHA256SUMS'], []],
  ['arch', ['core/os/x86_64/core.db', 'lastupdate'], ['lastupdate']],
  ['alpine', [], ['last-updated']],
  ['debian', [], ['project/trace/master']],
  ['debian', ['dists/sid', 'dists/trixie'], ['project/trace/master']],
  ['debian', ['dists/trixie'], ['project/trace/master', ...suite('dists/trixie')]],
  ['rpm', ['repodata/repomd.xml'], ['repodata/repomd.xml']],
  ['rpm', ['a/repodata/repomd.xml', 'b/repodata/repomd.xml'], []],
  ['rpm', ['.treeinfo'], []],
  ['fedora', ['fullfiletimelist-fedora', 'releases/41/repodata/repomd.xml'], ['fullfiletimelist-fedora']],
  ['fedora', ['a/fullfiletimelist-fedora', 'b/fullfiletimelist-epel'], []],
])('%s with the roots %j', (layout, roots, files) => {
  expect([...layoutOf({ layout }).probes(roots)].sort()).toEqual(files.sort())
})
