// Makes repositories by the archives' own tools, and updates them where they are served, step by step, as real archives do.

import { execFile } from 'node:child_process'
import { createHash, randomBytes, randomInt } from 'node:crypto'

import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

const run = promisify(execFile)

export type ArchiveKind = 'debian' | 'rpm'

export interface Archive {
  kind: ArchiveKind
  /** What an rsync daemon serves. */
  folder: string
  /** A binary keyring with the key of its signatures. */
  keyring: string
  /** Replaces some packages, then the indices, then the roots; what is no longer named goes last. */
  update: () => Promise<void>
}

export interface ArchiveOptions {
  folder: string
  /** Where what is not served is kept; on the same file system. */
  state: string
  packages: number
  /** The pause after each step of an update. */
  pauseMs: number
}

/** An archive of that kind, whole. It needs apt-ftparchive and dpkg-deb, or createrepo_c; and gpg. */
export async function makeArchive(kind: ArchiveKind, options: ArchiveOptions): Promise<Archive> {
  const { folder, state } = options
  for (const made of [folder, state]) mkdirSync(made, { recursive: true })
  const site = { ...options, sign: await makeKey(state), names: new Set<string>(), serial: 0 }
  const update = kind === 'debian' ? () => updateDebian(site) : () => updateRpm(site)
  await update()
  return { kind, folder, keyring: path.join(state, 'keyring'), update }
}

interface Site extends ArchiveOptions {
  /** The packages that are there, as they are named. */
  names: Set<string>
  serial: number
  sign: (file: string, how: 'detached' | 'clear') => Promise<Buffer>
}

/** Which packages come and go: at first all come, then one in twenty is replaced. */
function plan(site: Site, end: string): { fresh: string[]; gone: string[] } {
  const isFirst = site.names.size === 0
  const count = isFirst ? site.packages : Math.max(3, Math.floor(site.packages / 20))
  site.serial += 1
  const old = [...site.names]
  const gone = isFirst ? [] : Array.from({ length: count }, () => old.splice(randomInt(old.length), 1)[0] ?? '')
  const fresh = Array.from({ length: count }, (_, at) => `p${site.serial}-${at}${end}`)
  for (const name of gone) site.names.delete(name)
  for (const name of fresh) site.names.add(name)
  return { fresh, gone }
}

/** Gives a file its place in one step; what it replaces is left as it is for who reads it. */
async function put({ folder, state, pauseMs }: Site, name: string, content: Buffer | string): Promise<void> {
  const fresh = path.join(state, 'fresh')
  writeFileSync(fresh, content)
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  renameSync(fresh, path.join(folder, name))
  await sleep(pauseMs)
}

async function remove({ folder, pauseMs }: Site, names: readonly string[]): Promise<void> {
  for (const name of names) rmSync(path.join(folder, name), { force: true })
  await sleep(pauseMs)
}

const SUITE = 'dists/stable'
const BINARY = 'main/binary-amd64'

async function updateDebian(site: Site): Promise<void> {
  const { state, sign } = site
  const { fresh, gone } = plan(site, '.deb')
  // apt-ftparchive sees the packages of this moment alone.
  const pool = path.join(state, 'now', 'pool')
  mkdirSync(pool, { recursive: true })
  for (const name of gone) rmSync(path.join(pool, name))
  for (const name of fresh) {
    await buildDeb(state, name, path.join(pool, name))
    await put({ ...site, pauseMs: 0 }, `pool/${name}`, readFileSync(path.join(pool, name)))
  }
  await sleep(site.pauseMs)
  const { stdout } = await run('apt-ftparchive', ['packages', 'pool'], {
    cwd: path.dirname(pool),
    maxBuffer: 1 << 28,
  })
  const plain = Buffer.from(stdout)
  writeFileSync(path.join(state, 'Packages'), plain)
  await run('xz', ['-0', '--force', '--keep', path.join(state, 'Packages')])
  const forms = [
    { name: `${BINARY}/Packages.gz`, content: gzipSync(plain) },
    { name: `${BINARY}/Packages.xz`, content: readFileSync(path.join(state, 'Packages.xz')) },
  ]
  const byHash = `${SUITE}/${BINARY}/by-hash/SHA256`
  const before = existsSync(path.join(site.folder, byHash)) ? readdirSync(path.join(site.folder, byHash)) : []
  const old = existsSync(path.join(state, 'old')) ? readFileSync(path.join(state, 'old'), 'utf8').split('\n') : []
  for (const { content } of forms) await put(site, `${byHash}/${sumOf(content)}`, content)
  for (const { name, content } of forms) await put(site, `${SUITE}/${name}`, content)
  const release = path.join(state, 'Release')
  writeFileSync(release, releaseOf([...forms, { name: `${BINARY}/Packages`, content: plain }]))
  const [signature, clear] = [await sign(release, 'detached'), await sign(release, 'clear')]
  await put(site, `${SUITE}/Release`, readFileSync(release))
  await put(site, `${SUITE}/Release.gpg`, signature)
  await put(site, `${SUITE}/InRelease`, clear)
  // The sums of the update before stay for who has the root of that time.
  await remove(site, [
    ...gone.map((name) => `pool/${name}`),
    ...old.filter((sum) => sum !== '').map((sum) => `${byHash}/${sum}`),
  ])
  writeFileSync(path.join(state, 'old'), before.filter((sum) => !old.includes(sum)).join('\n'))
}

function releaseOf(files: readonly { name: string; content: Buffer }[]): string {
  const lines = files.map(({ name, content }) => ` ${sumOf(content)} ${content.length} ${name}`)
  const head = ['Origin: Bench', 'Suite: stable', 'Codename: stable', `Date: ${new Date().toUTCString()}`]
  const more = ['Acquire-By-Hash: yes', 'Architectures: amd64', 'Components: main', 'SHA256:']
  return `${[...head, ...more, ...lines].join('\n')}\n`
}

async function buildDeb(state: string, name: string, file: string): Promise<void> {
  const folder = path.join(state, 'deb')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(path.join(folder, 'DEBIAN'), { recursive: true })
  const fields = [`Package: ${name.replace('.deb', '')}`, 'Version: 1', 'Architecture: amd64', 'Maintainer: b <b@b.b>']
  writeFileSync(path.join(folder, 'DEBIAN/control'), `${[...fields, 'Description: bench'].join('\n')}\n`)
  writeFileSync(path.join(folder, 'data'), randomBytes(randomInt(500, 30_000)))
  await run('dpkg-deb', ['--build', '--root-owner-group', '-Znone', folder, file])
}

const REPOSITORIES = ['os', 'updates']

/** Each repository in turn: packages, metadata under their sums, repomd.xml, its signature, .treeinfo; then the old ones go. */
async function updateRpm(site: Site): Promise<void> {
  const { folder, state, sign } = site
  const { fresh, gone } = plan(site, '.rpm')
  const repositoryOf = (name: string) => REPOSITORIES[Number(/-(\d+)/.exec(name)?.[1]) % REPOSITORIES.length] ?? ''
  const placeOf = (name: string) => `${repositoryOf(name)}/Packages/${name}`
  const models = await openModels(state)
  for (const name of fresh) {
    const file = path.join(state, 'rpm')
    copyFileSync(models[randomInt(models.length)] ?? '', file)
    // Its own bytes; what follows the payload is read by nobody but those who compute sums.
    appendFileSync(file, randomBytes(randomInt(500, 30_000)))
    await put({ ...site, pauseMs: 0 }, placeOf(name), readFileSync(file))
  }
  await sleep(site.pauseMs)
  for (const repository of REPOSITORIES) {
    const names = [...site.names].filter((name) => repositoryOf(name) === repository)
    const work = path.join(state, 'metadata')
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work)
    writeFileSync(path.join(state, 'list'), names.map((name) => `Packages/${name}\n`).join(''))
    const list = ['--no-database', '-q', '-i', path.join(state, 'list')]
    await run('createrepo_c', [...list, '-o', work, path.join(folder, repository)])
    const made = readdirSync(path.join(work, 'repodata'))
    const read = (name: string) => readFileSync(path.join(work, 'repodata', name))
    const served = path.join(folder, repository, 'repodata')
    const old = (existsSync(served) ? readdirSync(served) : []).filter((name) => !/^repomd/.test(name))
    const signature = await sign(path.join(work, 'repodata/repomd.xml'), 'detached')
    for (const name of made) if (name !== 'repomd.xml') await put(site, `${repository}/repodata/${name}`, read(name))
    await put(site, `${repository}/repodata/repomd.xml`, read('repomd.xml'))
    await put(site, `${repository}/repodata/repomd.xml.asc`, signature)
    const sums = `[checksums]\nrepodata/repomd.xml = sha256:${sumOf(read('repomd.xml'))}\n`
    await put(site, `${repository}/.treeinfo`, sums)
    await remove(
      site,
      old.filter((name) => !made.includes(name)).map((name) => `${repository}/repodata/${name}`),
    )
  }
  await remove(site, gone.map(placeOf))
}

/** Real packages to copy: those of the recorded repository of the tests. */
async function openModels(state: string): Promise<string[]> {
  const folder = path.join(state, 'models')
  if (!existsSync(folder)) {
    mkdirSync(folder)
    await run('tar', ['-xzf', path.resolve('test/fixtures/rpm.tar.gz'), '-C', folder])
  }
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.rpm')).map((name) => path.join(folder, name))
}

async function makeKey(state: string): Promise<Site['sign']> {
  const home = path.join(state, 'gnupg')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const gpg = ['--homedir', home, '--batch', '--no-tty', '--yes']
  const key = ['--passphrase', '', '--quick-gen-key', 'Bench <b@b.b>', 'ed25519', 'sign', 'never']
  await run('gpg', [...gpg, ...key])
  await run('gpg', [...gpg, '--output', path.join(state, 'keyring'), '--export'])
  return async (file, how) => {
    const output = path.join(state, 'signed')
    await run('gpg', [...gpg, '-a', '-o', output, how === 'clear' ? '--clearsign' : '--detach-sign', file])
    return readFileSync(output)
  }
}

/** Ends the agent that gpg leaves behind. */
export async function forgetKey(state: string): Promise<void> {
  await run('gpgconf', ['--homedir', path.join(state, 'gnupg'), '--kill', 'all'])
}

function sumOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
