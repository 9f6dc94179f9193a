// Makes sample trees, changes them, and tells whether two are equal, by asking rsync itself.

import { execFileSync } from 'node:child_process'
import { link, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Fills a folder with what mirrors have: nested folders, links, odd names, a large file, an empty folder. */
export async function makeSampleTree(folder: string): Promise<void> {
  for (const release of ['38', '39']) {
    const packages = path.join(folder, 'releases', release, 'packages')
    await mkdir(packages, { recursive: true })
    for (let number = 0; number < 20; number++) {
      await writeFile(
        path.join(packages, `package-${number}.rpm`),
        `release ${release}, package ${number}\n`.repeat(number + 1),
      )
    }
  }
  await writeFile(path.join(folder, 'README'), 'A sample upstream.\n')
  await writeFile(path.join(folder, 'disk.img'), Buffer.alloc(2_000_000, 7))
  await writeFile(path.join(folder, 'with space & ünicode'), 'odd\n')
  await writeFile(path.join(folder, 'with\nnewline'), 'odder\n')
  await mkdir(path.join(folder, 'empty'))
  await symlink('releases/39', path.join(folder, 'latest'))
  await link(path.join(folder, 'README'), path.join(folder, 'README.copy'))
}

/** Adds 2 files, modifies 1 and deletes 3 entries, an empty folder among them. */
export async function changeSampleTree(folder: string): Promise<void> {
  await writeFile(path.join(folder, 'releases', '39', 'packages', 'package-new.rpm'), 'new\n')
  await writeFile(path.join(folder, 'NEWS'), 'Release 39 is out.\n')
  await writeFile(path.join(folder, 'disk.img'), Buffer.alloc(2_000_001, 9))
  await rm(path.join(folder, 'with\nnewline'))
  await rm(path.join(folder, 'releases', '38', 'packages', 'package-3.rpm'))
  await rm(path.join(folder, 'empty'), { recursive: true })
}

/** What rsync would change to make `copy` equal to `original`, contents compared; empty when they are equal. */
export function compareTrees(original: string, copy: string): string {
  return execFileSync('rsync', ['-aHnic', '--delete', `${original}/`, `${copy}/`], { encoding: 'utf8' }).trim()
}
