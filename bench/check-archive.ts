// Judges a served repository as a client would, by code that shares nothing with the master's own check.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type { ArchiveKind } from './archives.ts'

const run = promisify(execFile)

/** What is wrong with the tree, in words; none when it is whole. `work` is a folder for the client's own state. */
export async function checkArchive(
  kind: ArchiveKind,
  folder: string,
  keyring: string,
  work: string,
): Promise<string[]> {
  return kind === 'debian' ? checkDebian(folder, keyring, work) : checkRpm(folder, keyring)
}

async function checkDebian(folder: string, keyring: string, work: string): Promise<string[]> {
  const suite = path.join(folder, 'dists/stable')
  const clear = readFileSync(path.join(suite, 'InRelease'), 'utf8')
  const text = clear.slice(clear.indexOf('\n\n') + 2, clear.indexOf('\n-----BEGIN PGP SIGNATURE'))
  const faults = [...(await checkSignature(keyring, [path.join(suite, 'InRelease')]))]
  if (existsSync(path.join(suite, 'Release.gpg')))
    faults.push(...(await checkSignature(keyring, [path.join(suite, 'Release.gpg'), path.join(suite, 'Release')])))
  if (readFileSync(path.join(suite, 'Release'), 'utf8').trim() !== text.trim()) faults.push('Release and InRelease')
  const lines = [...text.matchAll(/^ ([0-9a-f]{64})\s+(\d+)\s+(\S+)$/gm)]
  for (const [, sum = '', size = '', name = ''] of lines) {
    // Nobody serves the form that is not packed.
    if (!/\.(gz|xz)$/.test(name)) continue
    faults.push(...checkFile(path.join(suite, name), sum, Number(size)))
    faults.push(...checkFile(path.join(suite, path.dirname(name), 'by-hash/SHA256', sum), sum, Number(size)))
  }
  const packages = gunzipSync(readFileSync(path.join(suite, 'main/binary-amd64/Packages.gz'))).toString('utf8')
  for (const stanza of packages.split('\n\n')) {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? ''
    if (stanza.trim() !== '')
      faults.push(...checkFile(path.join(folder, field('Filename')), field('SHA256'), Number(field('Size'))))
  }
  return [...faults, ...(await updateApt(folder, keyring, work))]
}

/** What apt itself says to an update from the tree. */
async function updateApt(folder: string, keyring: string, work: string): Promise<string[]> {
  rmSync(work, { recursive: true, force: true })
  for (const inner of ['lists/partial', 'cache/archives/partial', 'etc'])
    mkdirSync(path.join(work, inner), { recursive: true })
  writeFileSync(path.join(work, 'status'), '')
  const key = path.join(work, 'key.gpg')
  writeFileSync(key, readFileSync(keyring))
  writeFileSync(path.join(work, 'etc/list'), `deb [arch=amd64 signed-by=${key}] copy:${folder} stable main\n`)
  const settings = {
    'Dir::Etc::SourceList': path.join(work, 'etc/list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::Etc::Parts': '-',
    'Dir::Etc::Main': '-',
    'Dir::State': work,
    'Dir::State::Lists': path.join(work, 'lists'),
    'Dir::State::status': path.join(work, 'status'),
    'Dir::Cache': path.join(work, 'cache'),
    'APT::Architecture': 'amd64',
    'APT::Sandbox::User': 'root',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  try {
    const { stdout, stderr } = await run('apt-get', [...options, 'update'])
    return `${stdout}${stderr}`.split('\n').filter((line) => /^(E|W|Err)[: ]/.test(line))
  } catch (error) {
    return [`apt-get update: ${error instanceof Error ? error.message : String(error)}`]
  }
}

async function checkRpm(folder: string, keyring: string): Promise<string[]> {
  const faults: string[] = []
  for (const repository of readdirSync(folder)) {
    const base = path.join(folder, repository)
    const file = path.join(base, 'repodata/repomd.xml')
    const repomd = readFileSync(file)
    faults.push(...(await checkSignature(keyring, [`${file}.asc`, file])))
    const sum = /repomd\.xml = sha256:(\w+)/.exec(readFileSync(path.join(base, '.treeinfo'), 'utf8'))?.[1]
    if (sum !== sumOf(repomd)) faults.push(`${repository}/.treeinfo`)
    for (const [data] of repomd.toString('utf8').matchAll(/<data [\s\S]*?<\/data>/g))
      faults.push(...checkXml(base, data))
    const primary = /href="(repodata\/[^"]*primary\.xml\.gz)"/.exec(repomd.toString('utf8'))?.[1] ?? ''
    if (!existsSync(path.join(base, primary))) continue
    const packages = gunzipSync(readFileSync(path.join(base, primary))).toString('utf8')
    for (const [entry] of packages.matchAll(/<package type[\s\S]*?<\/package>/g)) faults.push(...checkXml(base, entry))
  }
  return faults
}

/** One element of metadata with a location, a sum, and a size as a value or an attribute. */
function checkXml(base: string, text: string): string[] {
  const href = /<location href="([^"]+)"/.exec(text)?.[1] ?? ''
  const sum = /<checksum [^>]*>([0-9a-f]+)</.exec(text)?.[1] ?? ''
  const size = /<size>(\d+)</.exec(text)?.[1] ?? /<size package="(\d+)"/.exec(text)?.[1] ?? ''
  return checkFile(path.join(base, href), sum, Number(size))
}

function checkFile(file: string, sum: string, size: number): string[] {
  if (!existsSync(file)) return [`${file} is missing`]
  const content = readFileSync(file)
  if (content.length !== size) return [`${file} has another size`]
  return sumOf(content) === sum ? [] : [`${file} has another sum`]
}

async function checkSignature(keyring: string, files: readonly string[]): Promise<string[]> {
  try {
    await run('gpgv', ['--keyring', keyring, ...files])
    return []
  } catch {
    return [`${files[0]} is not a good signature`]
  }
}

function sumOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
