// Updates recorded repositories as their archives do: a file comes, one goes, and the indices and roots say so. Unsigned.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { RecordedLayout } from './repositories.ts'

/** Names of files that came, and that went. */
export interface Updated {
  added: string
  gone: string | null
}

/** The number tells one update of a repository from the next: from 1. */
export function updateRepository(layout: RecordedLayout, folder: string, number: number): Updated {
  return UPDATES[layout](folder, number)
}

/** In one step, as archives do: who reads the old file reads all of it. */
export function replace(folder: string, name: string, content: Buffer | string): void {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.tmp`, content)
  renameSync(`${file}.tmp`, file)
}

const sumOf = (content: Buffer, algorithm = 'sha256') => createHash(algorithm).update(content).digest('hex')
const contentOf = (number: number) => Buffer.from(`content ${number} `.repeat(100 + number))
const read = (folder: string, name: string) => readFileSync(path.join(folder, name))

function drop(folder: string, name: string): string | null {
  if (lstatSync(path.join(folder, name), { throwIfNoEntry: false }) === undefined) return null
  rmSync(path.join(folder, name))
  return name
}

function updateDebian(folder: string, number: number): Updated {
  const [added, old] = [`pool/main/n/new${number}/new.deb`, `pool/main/n/new${number - 1}/new.deb`]
  const content = contentOf(number)
  replace(folder, added, content)
  const suite = 'dists/testing'
  const index = 'main/binary-amd64/Packages'
  const before = gunzipSync(read(folder, `${suite}/${index}.gz`)).toString('latin1')
  const kept = before.split('\n\n').filter((stanza) => stanza.trim() !== '' && !stanza.includes(`Filename: ${old}\n`))
  const stanza = `Package: new\nFilename: ${added}\nSize: ${content.length}\nSHA256: ${sumOf(content)}\nVersion: ${number}`
  const plain = Buffer.from(`${[...kept, stanza].join('\n\n')}\n\n`, 'latin1')
  const forms = new Map([
    [index, plain],
    [`${index}.gz`, gzipSync(plain)],
    [`${index}.xz`, execFileSync('xz', ['-c'], { input: plain })],
  ])
  let release = read(folder, `${suite}/Release`)
    .toString('latin1')
    .replace(/^Date: .*$/m, `Date: ${later(number)}`)
  for (const [name, bytes] of forms) {
    for (const algorithm of ['md5', 'sha256']) {
      const line = new RegExp(`^ [0-9a-f]{${algorithm === 'md5' ? 32 : 64}} +\\d+ ${name.replace('.', '\\.')}$`, 'm')
      release = release.replace(line, ` ${sumOf(bytes, algorithm)} ${bytes.length} ${name}`)
    }
    if (name === index) continue
    replace(folder, `${suite}/main/binary-amd64/by-hash/SHA256/${sumOf(bytes)}`, bytes)
    replace(folder, `${suite}/${name}`, bytes)
  }
  replace(folder, `${suite}/Release`, release)
  drop(folder, `${suite}/Release.gpg`)
  const [head, tail] = ['-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n', '-----BEGIN PGP SIGNATURE-----\n\nx\n']
  replace(folder, `${suite}/InRelease`, `${head}${release}${tail}-----END PGP SIGNATURE-----\n`)
  return { added, gone: drop(folder, old) }
}

function later(number: number): string {
  return new Date(Date.UTC(2027, 0, number)).toUTCString().replace('GMT', '+0000')
}

function updateRpm(folder: string, number: number): Updated {
  const base = 'updates/x86_64'
  const [added, old] = [`Packages/n/new-${number}.rpm`, `Packages/n/new-${number - 1}.rpm`]
  const content = contentOf(number)
  replace(folder, `${base}/${added}`, content)
  let repomd = read(folder, `${base}/repodata/repomd.xml`).toString('utf8')
  const data = /<data type="primary">[\s\S]*?<\/data>/.exec(repomd)?.[0] ?? ''
  const href = /href="([^"]*)"/.exec(data)?.[1] ?? ''
  const primary = gunzipSync(read(folder, `${base}/${href}`)).toString('utf8')
  const kept = primary.replace(/<package type="rpm">[\s\S]*?<\/package>\n?/g, (one) => (one.includes(old) ? '' : one))
  const entry = `<package type="rpm"><checksum type="sha256" pkgid="YES">${sumOf(content)}</checksum><size package="${content.length}"/><location href="${added}"/></package>\n`
  const bytes = gzipSync(kept.replace('</metadata>', `${entry}</metadata>`))
  const name = `repodata/${sumOf(bytes)}-primary.xml.gz`
  replace(folder, `${base}/${name}`, bytes)
  const fresh = `<data type="primary"><checksum type="sha256">${sumOf(bytes)}</checksum><location href="${name}"/><timestamp>${1_800_000_000 + number}</timestamp><size>${bytes.length}</size></data>`
  repomd = repomd.replace(data, fresh)
  replace(folder, `${base}/repodata/repomd.xml`, repomd)
  drop(folder, `${base}/${href}`)
  return { added: `${base}/${added}`, gone: drop(folder, `${base}/${old}`) === null ? null : `${base}/${old}` }
}

function updateArch(folder: string, number: number): Updated {
  const base = 'core/os/x86_64'
  const nameOf = (of: number) => `new-${of}-1-any.pkg.tar.zst`
  const content = contentOf(number)
  replace(folder, `pool/packages/${nameOf(number)}`, content)
  symlinkSync(`../../../pool/packages/${nameOf(number)}`, path.join(folder, base, nameOf(number)))
  const desc = `%FILENAME%\n${nameOf(number)}\n\n%CSIZE%\n${content.length}\n\n%SHA256SUM%\n${sumOf(content)}\n\n`
  const database = repack(read(folder, `${base}/core.db.tar.gz`), (work) => {
    rmSync(path.join(work, `new-${number - 1}`), { recursive: true, force: true })
    replace(work, `new-${number}/desc`, desc)
  })
  replace(folder, `${base}/core.db.tar.gz`, database)
  replace(folder, 'lastupdate', `${1_800_000_000 + number}\n`)
  const old = `${base}/${nameOf(number - 1)}`
  drop(folder, `pool/packages/${nameOf(number - 1)}`)
  return { added: `${base}/${nameOf(number)}`, gone: drop(folder, old) }
}

function updateAlpine(folder: string, number: number): Updated {
  const base = 'v3.99/main/x86_64'
  const nameOf = (of: number) => `${base}/k00000-1.7-r${of}.apk`
  replace(folder, nameOf(number), read(folder, nameOf(number - 1)))
  const index = repack(read(folder, `${base}/APKINDEX.tar.gz`), (work) => {
    rmSync(path.join(work, '.SIGN.RSA.fixture.rsa.pub'), { force: true })
    const entries = readFileSync(path.join(work, 'APKINDEX'), 'utf8')
    replace(work, 'APKINDEX', entries.replace(`V:1.7-r${number - 1}`, `V:1.7-r${number}`))
  })
  replace(folder, `${base}/APKINDEX.tar.gz`, index)
  replace(folder, 'last-updated', `${new Date(Date.UTC(2027, 0, number)).toISOString()}\n`)
  return { added: nameOf(number), gone: drop(folder, nameOf(number - 1)) }
}

function updateFedora(folder: string, number: number): Updated {
  const list = 'fedora/fullfiletimelist-fedora'
  const nameOf = (of: number) => `linux/releases/99/new-${of}.iso`
  replace(folder, `fedora/${nameOf(number)}`, contentOf(number))
  // Of the same size as before: only its time tells.
  const same = 'linux/releases/99/Server/x86_64/iso/Fedora-Server-99.iso'
  const { size } = statSync(path.join(folder, 'fedora', same))
  replace(folder, `fedora/${same}`, Buffer.alloc(size, number))
  const lines = read(folder, list).toString('utf8').split('\n')
  const kept = lines.filter((line) => !line.endsWith(`\t${nameOf(number - 1)}`))
  const time = 1_800_000_000 + number
  const edited = kept.map((line) => (line.endsWith(`\t${same}`) ? `${time}\tf\t${size}\t${same}` : line))
  edited.splice(edited.indexOf('[Files]') + 1, 0, `${time}\tf\t${contentOf(number).length}\t${nameOf(number)}`)
  replace(folder, list, edited.join('\n'))
  return { added: `fedora/${nameOf(number)}`, gone: drop(folder, `fedora/${nameOf(number - 1)}`) }
}

/** A packed tar with its files changed. */
function repack(bytes: Buffer, edit: (work: string) => void): Buffer {
  const work = mkdtempSync(path.join(tmpdir(), 'repack-'))
  execFileSync('tar', ['-xz', '--ignore-zeros', '-C', work], { input: bytes })
  edit(work)
  const names = readdirSync(work)
  const packed = execFileSync('tar', ['-cz', '-C', work, '--', ...names])
  if (existsSync(work)) rmSync(work, { recursive: true })
  return packed
}

const UPDATES = {
  debian: updateDebian,
  rpm: updateRpm,
  arch: updateArch,
  alpine: updateAlpine,
  fedora: updateFedora,
} satisfies Record<RecordedLayout, (folder: string, number: number) => Updated>
