// Upstreams that mean harm: links that lead out, devices, setuid, names of ours; and what a slave can read through rsyncd.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1 })
const isRoot = process.getuid?.() === 0

const trees = (project: string) => [
  path.join(sample.fleet.destRoot, project),
  ...sample.fleet.slaves.map((slave) => path.join(slave.publicFolder, project)),
]

/** Fills a folder of the upstream, mirrors it as a project of that name, and returns the copies. */
const mirror = async (project: string, fill: (folder: string) => void, more: object = {}): Promise<string[]> => {
  const folder = path.join(sample.upstream.folder, project)
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'harmless'), 'x')
  fill(folder)
  await sample.fleet.api.ask(
    '/add_project/',
    sample.payload(project, { rsync_module: `${sample.upstream.module}/${project}`, ...more }),
  )
  const run = await sample.fleet.api.sync(project)
  expect(run.state).toBe('succeeded')
  for (const tree of trees(project)) expect(readFileSync(path.join(tree, 'harmless'), 'utf8')).toBe('x')
  return trees(project)
}

describe('a hostile upstream', () => {
  it('brings no link that leads out of its tree', async () => {
    const copies = await mirror('links', (folder) => {
      symlinkSync('/etc/passwd', path.join(folder, 'absolute'))
      symlinkSync('../../../../../../etc/passwd', path.join(folder, 'climbing'))
      symlinkSync('../blocked', path.join(folder, 'neighbour'))
      symlinkSync('/etc', path.join(folder, 'folder'))
      symlinkSync('harmless', path.join(folder, 'inside'))
    })
    for (const tree of copies) expect(readdirSync(tree).sort()).toEqual(['harmless', 'inside'])
  })

  it('does not write through a link that it planted before', async () => {
    const outside = path.join(sample.fleet.root, 'outside')
    mkdirSync(outside)
    const [tree = ''] = await mirror('planted', (folder) => mkdirSync(path.join(folder, 'sub')))
    // As a local user, or an older upstream, might have left it.
    rmSync(path.join(tree, 'sub'), { recursive: true })
    symlinkSync(outside, path.join(tree, 'sub'))
    writeFileSync(path.join(sample.upstream.folder, 'planted', 'sub', 'payload'), 'evil')
    expect((await sample.fleet.api.sync('planted')).state).toBe('succeeded')
    expect(readdirSync(outside)).toEqual([])
    expect(lstatSync(path.join(tree, 'sub')).isDirectory()).toBe(true)
  })

  it.runIf(isRoot)('brings no devices and no setuid or setgid', async () => {
    const copies = await mirror('special', (folder) => {
      execFileSync('mknod', [path.join(folder, 'disk'), 'b', '7', '0'])
      execFileSync('mkfifo', [path.join(folder, 'pipe')])
      writeFileSync(path.join(folder, 'shell'), '#!/bin/sh\n')
      execFileSync('chmod', ['6755', path.join(folder, 'shell')])
    })
    for (const tree of copies) {
      expect(readdirSync(tree).sort()).toEqual(['harmless', 'shell'])
      expect(statSync(path.join(tree, 'shell')).mode & 0o7777).toBe(0o755)
    }
  })

  it.runIf(canSetAttributes())('brings no attributes of the system with -X, and those of users', async () => {
    const set = (name: string, file: string) => execFileSync('setfattr', ['-n', name, '-v', 'x', file])
    const copies = await mirror(
      'attributes',
      (folder) => {
        for (const name of ['user.fine', 'trusted.evil', 'security.evil']) set(name, path.join(folder, 'harmless'))
      },
      { rsync_options: { basic: ['-X'], defaults: ['-aH'], delete: '--delete' } },
    )
    for (const tree of copies) {
      const argv = ['-d', '-m-', '--absolute-names', path.join(tree, 'harmless')]
      const found = execFileSync('getfattr', argv, { encoding: 'utf8' })
      expect(found).toContain('user.fine')
      expect(found).not.toMatch(/trusted|security\.evil/)
    }
  })

  it('has no say through files that are called like ours', async () => {
    const copies = await mirror('names', (folder) => {
      for (const name of ['.~tmp~', '.rsync-partial']) {
        mkdirSync(path.join(folder, name))
        writeFileSync(path.join(folder, name, 'harmless'), 'not that one')
      }
      writeFileSync(path.join(folder, '.popt'), 'rsync alias -a -e sh')
      writeFileSync(path.join(folder, '-e sh'), '')
      writeFileSync(path.join(folder, '.rsync-filter'), '- *')
      writeFileSync(path.join(folder, '.cvsignore'), '*')
    })
    for (const tree of copies) expect(existsSync(path.join(tree, '.~tmp~'))).toBe(false)
    for (const tree of copies) expect(existsSync(path.join(tree, '-e sh'))).toBe(true)
  })
})

describe('the managed rsyncd', () => {
  const pull = (source: string, more: string[] = []) => {
    const target = path.join(sample.fleet.root, `stolen-${Math.random()}`)
    const password = sample.secret('MASTER_RSYNCD_PASSWORD')
    execFileSync('rsync', ['-rL', ...more, `rsync://mirror@127.0.0.1:${sample.fleet.ports.rsyncd}/${source}`, target], {
      env: { PATH: process.env.PATH, RSYNC_PASSWORD: password },
      stdio: 'pipe',
    })
    return target
  }

  it('follows no link out of the mirror, whoever planted it', () => {
    symlinkSync('/etc', path.join(sample.fleet.destRoot, 'etc'))
    symlinkSync('/etc/passwd', path.join(sample.fleet.destRoot, 'passwd'))
    const secretOf = () => readFileSync('/etc/passwd', 'utf8')
    for (const source of ['mirror/etc/passwd', 'mirror/passwd', 'mirror/../../../../etc/passwd']) {
      let stolen = ''
      try {
        const target = pull(source)
        stolen = statSync(target).isDirectory() ? '' : readFileSync(target, 'utf8')
      } catch {
        // Refused: as it should be.
      }
      expect(stolen, source).not.toBe(secretOf())
    }
    for (const name of ['etc', 'passwd']) rmSync(path.join(sample.fleet.destRoot, name))
  })

  it('lets in only the hosts of its slaves', async () => {
    const config = () => readFileSync(path.join(sample.fleet.dataFolder, 'rsyncd', 'rsyncd.conf'), 'utf8')
    expect(config()).toContain('hosts allow = localhost\nhosts deny = *')
    const [slave] = sample.fleet.slaves
    pull('mirror/links/harmless')
    await sample.fleet.api.ask('/remove_slave/', { hostname: 'localhost', port: slave?.port })
    expect(() => pull('mirror/links/harmless')).toThrow(/access denied|Unknown module/)
    await sample.fleet.api.ask('/add_slave/', { hostname: 'localhost', port: slave?.port })
  })
})

/** Only root can, with the programs for it, on a file system that keeps such attributes. */
function canSetAttributes(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-attributes-'))
  const names = ['user.fine', 'trusted.evil', 'security.evil']
  const is = names.every((name) => spawnSync('setfattr', ['-n', name, '-v', 'x', folder]).status === 0)
  rmSync(folder, { recursive: true })
  return is
}
