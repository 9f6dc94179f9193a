// Remotes of each kind through both hops, from real servers: the first sync, changes, the guard, and what nobody may see.

import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/folder.ts'
import { startNginx } from '../../helpers/nginx.ts'
import { startRclone } from '../../helpers/rclone-hops.ts'
import {
  hasFtp,
  PASSWORD,
  type StartServer,
  startFtp,
  startPages,
  startS3,
  startSftp,
  startWebdav,
} from '../../helpers/rclone-servers.ts'
import { many, put, read, runBoth } from '../../helpers/unlucky.ts'

const all: [string, StartServer, 'atomic' | 'in_place'][] = [
  ['index pages', startPages, 'atomic'],
  ['index pages in place', startPages, 'in_place'],
  ['a bucket', startS3, 'atomic'],
  ['WebDAV', startWebdav, 'atomic'],
  ['sftp', startSftp, 'atomic'],
]

if (hasFtp) all.push(['ftp', startFtp, 'atomic'])

/** Long ago, so that a file that comes with the time of its arrival is seen. */
const date = (folder: string, name: string, second: number) => {
  utimesSync(path.join(folder, name), 1_500_000_000 + second, 1_500_000_000 + second)
}

/** The arguments of all processes, again and again, until it is stopped. */
function watchArguments() {
  const seen = new Set<string>()
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
      } catch {
        // It has ended.
      }
    }
  }, 5)
  return () => {
    clearInterval(timer)
    return [...seen].filter((line) => /^\S*rclone (lsjson|copy)/.test(line))
  }
}

describe.each(all)('%s', (_name, startServer, publish) => {
  it('are mirrored, and again after each change', async () => {
    const folder = temporaryFolder()
    const names = ['a', 'deep/er/b c', 'deep/-dash', 'deep/é#%25?', 'z']
    for (const [index, name] of names.entries()) {
      put(folder, name, `text of ${name}`)
      date(folder, name, index)
    }
    const hops = await startRclone(await startServer(folder), publish)
    const stop = watchArguments()
    expect(await runBoth(hops)).toMatchObject({ added: 7, deleted: 0 })
    const lines = stop()
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join()).not.toContain(PASSWORD)
    expect(hops.log()).not.toContain(PASSWORD)
    for (const tree of [hops.master(), hops.slave()])
      for (const [index, name] of names.entries()) {
        expect(read(tree, name)).toBe(`text of ${name}`)
        expect(statSync(path.join(tree, name)).mtimeMs).toBe((1_500_000_000 + index) * 1000)
      }

    const same = hops.log().length
    expect(await runBoth(hops)).toMatchObject({ added: 0, modified: 0, deleted: 0, bytes_transferred: 0 })
    expect(hops.log().slice(same)).not.toContain('rclone copy')

    put(folder, 'a', 'TEXT of a')
    date(folder, 'a', 100)
    renameSync(path.join(folder, 'z'), path.join(folder, 'deep/y'))
    rmSync(path.join(folder, 'deep/er'), { recursive: true })
    put(folder, 'deep/er', 'a file now')
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) {
      expect(readdirSync(tree).sort()).toEqual(['a', 'deep'])
      expect(readdirSync(path.join(tree, 'deep')).sort()).toEqual(['-dash', 'er', 'y', 'é#%25?'])
      expect([read(tree, 'a'), read(tree, 'deep/er')]).toEqual(['TEXT of a', 'a file now'])
    }
  })

  it('that lose too much, or all, take nothing away', async () => {
    const folder = temporaryFolder()
    many(folder, 10)
    const hops = await startRclone(await startServer(folder), publish)
    await runBoth(hops)
    for (let number = 0; number < 6; number++) rmSync(path.join(folder, `many/${number}`))
    put(folder, 'new', 'new')
    expect(await hops.pull()).toMatchObject({
      code: 'DELETE_GUARD',
      error: expect.stringContaining('6 files are gone'),
    })
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true })
    expect(await hops.pull()).toMatchObject({ code: 'TREE_MISSING', error: expect.stringContaining('All 10 files') })
    expect(readdirSync(path.join(hops.master(), 'many'))).toHaveLength(10)
    put(folder, 'many/0', '0')
    expect(await hops.pull({ force: true })).toMatchObject({ code: null })
    expect(readdirSync(path.join(hops.master(), 'many'))).toEqual(['0'])
  })

  it('that are empty at first are refused', async () => {
    const hops = await startRclone(await startServer(temporaryFolder()), 'atomic')
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_EMPTY', error: expect.stringContaining('source.path') })
  })
})

describe('another log-in', () => {
  it('is a key, whatever lines it has', async () => {
    const folder = temporaryFolder()
    put(folder, 'a', 'a')
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const [name, bytes] = [Buffer.from('ssh-ed25519'), publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]
    const blob = Buffer.concat([name, bytes].flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]))
    const source = await startSftp(folder, `ssh-ed25519 ${blob.toString('base64')}\n`)
    const key_pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const hops = await startRclone({ ...source, secrets: { key_pem } }, 'atomic')
    await runBoth(hops)
    expect(read(hops.slave(), 'a')).toBe('a')
    expect(hops.log()).not.toContain('PRIVATE KEY')
  })

  it('is a header of the requests', async () => {
    const folder = temporaryFolder()
    put(folder, 'a', 'a')
    const word = Buffer.from(`me:${PASSWORD}`).toString('base64')
    const { url } = await startNginx(folder, `if ($http_authorization != "Basic ${word}") { return 401; }`)
    const source = { kind: 'rclone', remote: { type: 'http', url } } as const
    const hops = await startRclone({ ...source, secrets: { headers: `Authorization,Basic ${word}` } }, 'atomic')
    await runBoth(hops)
    expect(hops.log()).not.toContain(word)
    hops.set({ source, source_secrets: null })
    expect(await hops.pull()).toMatchObject({ outcome: 'permanent', error: expect.stringContaining('401') })
  })
})

describe('a wrong log-in', () => {
  it.each([
    ['WebDAV', startWebdav, { pass: 'another word' }],
    ['sftp', startSftp, { pass: 'another word' }],
  ])('of %s is final, and said without it', async (_name, startServer, secrets) => {
    const folder = temporaryFolder()
    put(folder, 'a', 'a')
    const hops = await startRclone({ ...(await startServer(folder)), secrets }, 'atomic')
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED', outcome: 'permanent' })
    expect(hops.log()).not.toContain('another word')
  })

  it('comes to a server that shows another key', async () => {
    const folder = temporaryFolder()
    put(folder, 'a', 'a')
    const known_hosts = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl']
    const source = await startSftp(folder)
    const hops = await startRclone({ ...source, remote: { ...source.remote, known_hosts } }, 'atomic')
    expect(await hops.pull()).toMatchObject({ outcome: 'permanent', error: expect.stringMatching(/key/) })
  })
})
